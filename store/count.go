package store

// Counts says how much is stored about people, without saying about whom.
type Counts struct {
	Recipients, Identifications, Staff, Invitations int
}

// Count counts records without opening them.
func (s *Store) Count() (Counts, error) {
	var c Counts
	err := s.engine.view(func(tx kv) error {
		for bucket, n := range map[string]*int{
			bucketRecipients: &c.Recipients, bucketVerification: &c.Identifications,
			bucketStaff: &c.Staff, bucketInvitations: &c.Invitations,
		} {
			tx.walk(bucket, nil, func(_, _ []byte) bool {
				*n++
				return true
			})
		}
		return nil
	})
	return c, err
}
