package main

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"lockerd/drivers/gpio"
)

// site is the machine as the doctor sees it. Tests put another one in its place.
type site struct {
	read   func(path string) (string, error)
	stat   func(path string) (node, error)
	real   func(path string) (string, error)    // a path without links
	unit   func() (string, error)               // what lockerd's unit may write of /sys, as systemctl show prints it
	kernel func() (string, error)               // its release, for example 6.6.31
	line   func(gpio.Line) (gpio.Info, error)   // how a GPIO line stands
	disk   func(path string) (diskSpace, error) // the file system of a folder
	who    func(user string) (account, error)
	group  func(name string) (int, error) // its number
	synced func() bool                    // the clock
	dial   func(ctx context.Context, address string) error
}

// node is a file or device.
type node struct {
	mode     fs.FileMode
	uid, gid int
}

// diskSpace is what a file system has.
type diskSpace struct {
	free     uint64 // bytes that an ordinary user may still write
	readOnly bool
}

// account is a user of the machine.
type account struct {
	uid  int
	gids []int
}

// thisMachine is the machine that the program runs on.
func thisMachine() site {
	return site{
		read:   func(path string) (string, error) { text, err := os.ReadFile(path); return string(text), err },
		stat:   statNode,
		real:   filepath.EvalSymlinks,
		unit:   showUnit,
		kernel: kernelRelease,
		line:   gpio.Inspect,
		disk:   statDisk,
		who:    lookUp,
		group: func(name string) (int, error) {
			g, err := user.LookupGroup(name)
			if err != nil {
				return 0, err
			}
			return strconv.Atoi(g.Gid)
		},
		synced: clockSynced,
		dial: func(ctx context.Context, address string) error {
			connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
			if err != nil {
				return err
			}
			return connection.Close()
		},
	}
}

func statNode(path string) (node, error) {
	info, err := os.Stat(path)
	if err != nil {
		return node{}, err
	}
	n := node{mode: info.Mode()}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		n.uid, n.gid = int(s.Uid), int(s.Gid)
	}
	return n, nil
}

func showUnit() (string, error) {
	text, err := exec.Command("systemctl", "show", "--property=ReadWritePaths,ProtectKernelTunables", unitName).Output()
	return string(text), err
}

func kernelRelease() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", err
	}
	return unix.ByteSliceToString(u.Release[:]), nil
}

func statDisk(path string) (diskSpace, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return diskSpace{}, err
	}
	return diskSpace{free: s.Bavail * uint64(s.Bsize), readOnly: s.Flags&unix.ST_RDONLY != 0}, nil
}

func lookUp(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	var a account
	if a.uid, err = strconv.Atoi(u.Uid); err != nil {
		return a, err
	}
	ids, err := u.GroupIds()
	if err != nil {
		return a, fmt.Errorf("cannot read the groups of %s: %w", name, err)
	}
	for _, id := range ids {
		if gid, err := strconv.Atoi(id); err == nil {
			a.gids = append(a.gids, gid)
		}
	}
	return a, nil
}
