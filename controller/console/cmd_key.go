package console

import "context"

const keyHelp = `Shows the fingerprints (SHA-256) of the cabinet's public keys, and of those that it trusts. Read them to the
operator, who sees the same ones: then nobody stands between. The private halves never leave the store. A
cabinet gets other keys by joining anew, with another one-time code.`

func (s *session) key(_ context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	keys, err := s.o.Records.Keys()
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		s.printf("There is none: the cabinet has not joined an information system.\n")
		return nil
	}
	var rows [][]string
	for _, k := range keys {
		rows = append(rows, []string{k.Use, k.Fingerprint})
	}
	s.table(rows...)
	return nil
}
