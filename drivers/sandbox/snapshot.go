package sandbox

// snapshot is what the page shows.
type snapshot struct {
	Doors    []doorView `json:"doors"`
	Finger   string     `json:"finger"` // empty for none
	Lamp     string     `json:"lamp"`
	Fault    string     `json:"fault"`
	Plugged  bool       `json:"plugged"`
	Network  bool       `json:"network"`
	DiskFull bool       `json:"diskFull"`
	Siren    bool       `json:"siren"` // sounds
}

// doorView is one door of a snapshot.
type doorView struct {
	Slot int `json:"slot"`
	door
}

func (c *Cabinet) snapshot() snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := snapshot{
		Finger: c.finger, Lamp: c.lamp, Fault: string(c.fault), Plugged: c.plugged, Network: c.network,
		DiskFull: c.diskFull, Siren: c.horn,
	}
	for i, d := range c.doors {
		s.Doors = append(s.Doors, doorView{i + 1, *d})
	}
	return s
}
