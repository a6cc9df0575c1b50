package controller

import "context"

// The method has two steps. PreStep is taken when a parcel comes, PickUpStep when somebody wants to have it.

// PreStep is the method's first step, taken when a parcel is put into its slot. By the recipient information that came
// with the parcel it judges whether the recipient is specific, that is, has stored identification. Specific: the first
// identification is read and made ready to be compared. Not specific, or left without a way to the parcel by what was
// stored, or when everyone gets one: a pickup code is issued and added to change, sealed for the information system,
// which has it sent.
func (c *Controller) PreStep(p Parcel, change *Change) error {
	first := c.firstIdentifications(p.Recipient)
	specific := len(first) > 0
	if !specific || c.needsCode(p.Recipient) || c.inForce().Codes == CodesEveryone {
		return c.issueCode(p, change)
	}
	return nil
}

// PickUpStep is the method's second step, at the cabinet: the second identification is obtained and compared with the
// first; when they are the same, and the policy is satisfied, the corresponding slots are opened, otherwise an error is
// shown. in is what began it: a finger, digits, or a tap.
func (s *session) PickUpStep(ctx context.Context, in input) error {
	var cl claim
	for {
		second, err := s.secondIdentification(ctx, &cl, in)
		if err == nil {
			s.show(View{Screen: Comparing})
			err = s.c.compare(&cl, second)
		}
		if err != nil {
			if in, err = s.refuse(ctx, &cl, err); err != nil {
				return err
			}
			continue
		}
		if s.c.enough(&cl) {
			s.c.voiceBack(&cl)
			return s.handOver(ctx, &cl)
		}
		in, cl.way = input{}, "" // the policy asks for one more kind
	}
}
