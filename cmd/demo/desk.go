package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// desk speaks the information system's JSON API, as an operator's program would.
type desk struct{ base, token string }

func (d *desk) get(ctx context.Context, path string, answer any) error {
	return d.do(ctx, http.MethodGet, path, nil, answer)
}

func (d *desk) post(ctx context.Context, path string, content, answer any) error {
	return d.do(ctx, http.MethodPost, path, content, answer)
}

func (d *desk) put(ctx context.Context, path string, content, answer any) error {
	return d.do(ctx, http.MethodPut, path, content, answer)
}

func (d *desk) do(ctx context.Context, method, path string, content, answer any) error {
	body, err := json.Marshal(content)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, d.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+d.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, bytes.TrimSpace(text))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// addPerson returns the opaque id of a new person.
func (d *desk) addPerson(ctx context.Context, name, phone string) (string, error) {
	var person struct{ ID string }
	err := d.post(ctx, "/people", map[string]any{"name": name, "phone": phone}, &person)
	return person.ID, err
}

// invite returns the one-time code with which a person enrols at the cabinet.
func (d *desk) invite(ctx context.Context, person string) (string, error) {
	var invitation struct{ Code string }
	err := d.post(ctx, "/people/"+person+"/invitations", map[string]any{"cabinet": cabinetID}, &invitation)
	return invitation.Code, err
}

// assign sends a parcel with its recipient information to the cabinet.
func (d *desk) assign(ctx context.Context, id, person string) error {
	return d.post(ctx, "/parcels", map[string]any{"id": id, "cabinet": cabinetID, "recipient": person, "size": 1}, nil)
}

// settings decides for the cabinet.
func (d *desk) settings(ctx context.Context, policy, codes string) error {
	return d.put(ctx, "/cabinets/"+cabinetID+"/settings", map[string]any{"policy": policy, "codes": codes}, nil)
}

// event is one line that arrived from the cabinet.
type event struct {
	Number int64
	Seq    uint64
	What   string
	Slot   int
	Parcel string
	Detail string
	Epoch  []byte
}

// events returns all events, in the order of their arrival.
func (d *desk) events(ctx context.Context) ([]event, error) {
	var all []event
	for after := int64(0); ; {
		var page []event
		if err := d.get(ctx, fmt.Sprintf("/events?after=%d&limit=1000", after), &page); err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
		after = page[len(page)-1].Number
	}
}

// count returns how many events of that kind about that parcel have arrived.
func (d *desk) count(ctx context.Context, what, parcel string) (int, error) {
	all, err := d.events(ctx)
	n := 0
	for _, e := range all {
		if e.What == what && e.Parcel == parcel {
			n++
		}
	}
	return n, err
}

// notice is a message to a recipient, as the outbox shows it.
type notice struct{ Kind, Parcel, Recipient, Text, State string }

// notice returns the newest notice of that kind about that parcel, waiting for it.
func (d *desk) notice(ctx context.Context, kind, parcel string) (notice, error) {
	var found notice
	err := eventually(ctx, func() error {
		var all []notice
		if err := d.get(ctx, "/notices", &all); err != nil {
			return err
		}
		for _, n := range all {
			if n.Kind == kind && n.Parcel == parcel {
				found = n
				return nil
			}
		}
		return fmt.Errorf("no %s notice about parcel %s", kind, parcel)
	})
	return found, err
}

// eventually repeats the check until it succeeds; after ten seconds its error is returned.
func eventually(ctx context.Context, check func() error) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := check()
		if err == nil || time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// front speaks the sandbox's words.
type front struct{ base string }

func (f *front) say(words string) error {
	response, err := http.Post(f.base+"/words", "text/plain", strings.NewReader(words))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%q: %s", words, strings.TrimSpace(string(text)))
	}
	return err
}
