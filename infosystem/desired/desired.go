// Package desired keeps, for every cabinet, the desired state that it should have, by version, each record
// sealed to the cabinet. A cabinet gets what it needs and no more: the recipients who have a live parcel
// or an open invitation there, their verification information, those parcels and invitations, the staff,
// and its settings. What is no longer needed goes.
package desired

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/vault"
	"lockerd/sync/wire"
)

// stored is a record as the database has it.
type stored struct {
	record wire.Record
	hash   [32]byte
	digest []byte // of the body before sealing
}

// Keeper keeps the desired state of a tenant's cabinets.
type Keeper struct {
	tenant string
	box    *vault.Box
	log    *slog.Logger
	told   sync.Map // faults that the log has
}

// NewKeeper returns a keeper whose log gets each fault of a record once.
func NewKeeper(tenant string, box *vault.Box, log *slog.Logger) *Keeper {
	return &Keeper{tenant: tenant, box: box, log: log}
}

// Refresh brings the stored desired state of a cabinet to what it should be now. When that changes
// anything the version grows by one. It returns whether it did. A cabinet that has not joined has no key
// to seal to and keeps none. Of what is damaged in the database a cabinet keeps what it has until it joins anew, all else
// goes on, and the log says so.
func (k *Keeper) Refresh(tx database.Tx, cabinet string, now time.Time) (bool, error) {
	c, err := cabinets.Get(tx, cabinet)
	if err != nil || !c.HasJoined() {
		return false, err
	}
	want, err := wanted(tx, k.box, c, now)
	if err != nil {
		return false, fmt.Errorf("cannot work out the desired state of %s: %w", cabinet, err)
	}
	have, err := load(tx, cabinet, 0)
	if err != nil {
		return false, err
	}
	r := refresh{tx: tx, box: k.box, address: wire.Address{Tenant: k.tenant, Cabinet: cabinet}, key: c.SealKey, version: c.Version + 1}
	hashes := map[string][32]byte{}
	for key, body := range want {
		if body.fault != "" {
			k.tell(cabinet, key, body.fault)
		}
		if body.content == nil {
			if old, known := have[key]; known && !old.record.Gone {
				if len(old.digest) > 0 {
					hashes[key] = old.hash
				} else if err := r.drop(old.record); err != nil { // sealed to keys that the cabinet has no more
					return false, err
				}
			}
			continue
		}
		if hashes[key], err = r.put(have[key], body); err != nil {
			return false, err
		}
	}
	for key, old := range have {
		if _, needed := want[key]; !needed && !old.record.Gone {
			if err := r.drop(old.record); err != nil {
				return false, err
			}
		}
	}
	if !r.changed {
		return false, nil
	}
	return true, cabinets.SetVersion(tx, cabinet, r.version, wire.Root(hashes))
}

// tell logs what is wrong with a record, unless the log has it already: everything that happens leads here.
func (k *Keeper) tell(cabinet, record, fault string) {
	if _, told := k.told.LoadOrStore([...]string{cabinet, record, fault}, true); !told {
		k.log.Error("a record cannot be sent as it is: "+fault, "cabinet", cabinet, "record", record)
	}
}

// refresh writes what changes between two versions.
type refresh struct {
	tx      database.Tx
	box     *vault.Box
	address wire.Address
	key     []byte
	version uint64
	changed bool
}

// put stores a record unless it is stored in the same form already, and returns its hash.
func (r *refresh) put(old stored, b body) ([32]byte, error) {
	plain, err := json.Marshal(b.content)
	if err != nil {
		return [32]byte{}, err
	}
	defer clear(plain)
	digest := r.box.Digest(plain)
	if bytes.Equal(digest, old.digest) && !old.record.Gone {
		return old.hash, nil
	}
	record := wire.Record{Kind: b.kind, ID: b.id}
	if record.Sealed, err = wire.Seal(r.key, wire.RecordInfo(r.address, b.kind, b.id), b.content); err != nil {
		return [32]byte{}, fmt.Errorf("cannot seal %s: %w", record.Key(), err)
	}
	if len(record.Sealed) > wire.MaxChunk {
		return [32]byte{}, fmt.Errorf("%w: record %s of %d bytes is too large for a cabinet", database.ErrInvalid, record.Key(), len(record.Sealed))
	}
	r.changed = true
	hash := record.Hash()
	_, err = r.tx.Exec(`INSERT INTO desired (cabinet, kind, id, version, gone, sealed, hash, digest, person) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)
		ON CONFLICT (cabinet, kind, id) DO UPDATE SET version = excluded.version, gone = 0, sealed = excluded.sealed,
		hash = excluded.hash, digest = excluded.digest, person = excluded.person`,
		r.address.Cabinet, string(b.kind), b.id, int64(r.version), record.Sealed, hash[:], digest, b.person)
	return hash, err
}

func (r *refresh) drop(record wire.Record) error {
	r.changed = true
	_, err := r.tx.Exec(`UPDATE desired SET version = ?, gone = 1, sealed = NULL, hash = NULL, digest = NULL
		WHERE cabinet = ? AND kind = ? AND id = ?`, int64(r.version), r.address.Cabinet, string(record.Kind), record.ID)
	return err
}

// Forget drops the notes of gone records that the cabinet is known to have applied. Should it lose that
// version again, the root tells and it gets a snapshot.
func Forget(tx database.Tx, cabinet string, version uint64) error {
	_, err := tx.Exec(`DELETE FROM desired WHERE cabinet = ? AND gone = 1 AND version <= ?`, cabinet, int64(version))
	return err
}

// load reads the records of a cabinet that changed after a version, by key.
func load(tx database.Tx, cabinet string, after uint64) (map[string]stored, error) {
	rows, err := database.All(tx, func(rows *sql.Rows) (s stored, err error) {
		var hash []byte
		err = rows.Scan(&s.record.Kind, &s.record.ID, &s.record.Gone, &s.record.Sealed, &hash, &s.digest)
		copy(s.hash[:], hash)
		return s, err
	}, `SELECT kind, id, gone, sealed, hash, digest FROM desired WHERE cabinet = ? AND version > ?`, cabinet, int64(after))
	if err != nil {
		return nil, fmt.Errorf("cannot read the desired state of %s: %w", cabinet, err)
	}
	all := make(map[string]stored, len(rows))
	for _, row := range rows {
		all[row.record.Key()] = row
	}
	return all, nil
}

// Holders returns the cabinets that have a recipient.
func Holders(tx database.Tx, recipient string) ([]string, error) {
	return database.Strings(tx, `SELECT cabinet FROM desired WHERE kind = ? AND id = ? AND gone = 0`, string(wire.RecordRecipient), recipient)
}

// Erasing returns the cabinets that are to erase verification information of a person and have not said yet that they
// did.
func Erasing(tx database.Tx, person string) ([]string, error) {
	return database.Strings(tx, `SELECT DISTINCT cabinet FROM desired WHERE person = ? AND gone = 1 ORDER BY cabinet`, person)
}
