package link

import (
	"fmt"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// maxSealed keeps what goes up sealed in one event within one message, envelope and all.
const maxSealed = wire.MaxPayload - 4<<10

// Sealer seals codes and enrolments for the information system's eyes only. It satisfies
// controller.Sealer, and gives ErrNotJoined until the cabinet has joined.
type Sealer struct{ vault Vault }

// NewSealer makes a sealer that takes the cabinet's identity from the vault when it is needed.
func NewSealer(vault Vault) *Sealer { return &Sealer{vault: vault} }

// SealCode seals a pickup code of the parcel, as wire.CodeBody in an event controller.CodeIssued.
func (s *Sealer) SealCode(p controller.Parcel, code string) ([]byte, error) {
	body := wire.CodeBody{Recipient: string(p.Recipient), Parcel: string(p.ID), Slot: int(p.Slot), Code: code}
	return s.seal(controller.CodeIssued, string(p.ID), body)
}

// SealEnrolment seals what an enrolment made, as wire.EnrolmentBody in an event controller.Enrolled.
func (s *Sealer) SealEnrolment(e controller.Enrolment) ([]byte, error) {
	body := wire.EnrolmentBody{Recipient: string(e.Recipient), Invitation: e.Invitation, Consented: e.At.Unix()}
	for _, kind := range e.Consent {
		body.Consent = append(body.Consent, string(kind))
	}
	for _, first := range e.Firsts {
		body.IDs = append(body.IDs, first.ID)
		body.Records = append(body.Records, wire.VerificationBody{
			Recipient: string(first.Recipient), Kind: string(first.Kind), Label: first.Label,
			Data: first.Data, Character: first.Character,
		})
	}
	return s.seal(controller.Enrolled, string(e.Recipient), body)
}

// SealSecret seals a secret that a member of staff chose, as wire.SecretBody in an event controller.SecretChanged.
func (s *Sealer) SealSecret(number string, old []byte, chosen matcher.Identification) ([]byte, error) {
	return s.seal(controller.SecretChanged, number, wire.SecretBody{Number: number, Old: old, Secret: chosen.Data})
}

func (s *Sealer) seal(what controller.What, about string, body any) ([]byte, error) {
	who, err := loadIdentity(s.vault)
	if err == nil && !who.joined() {
		err = ErrNotJoined
	}
	if err != nil {
		return nil, fmt.Errorf("cannot seal for the information system: %w", err)
	}
	sealed, err := wire.Seal(who.Answer.SealKey, wire.EventInfo(who.address(), string(what), about), body)
	if err != nil {
		return nil, err
	}
	if len(sealed) > maxSealed {
		return nil, fmt.Errorf("cannot seal for the information system: %d bytes: %w (%d)", len(sealed), wire.ErrTooLarge, maxSealed)
	}
	return sealed, nil
}
