package console

import (
	"context"
	"flag"
)

const exportHelp = `Writes a file for those who help from afar: version, status, self-test (it reads only), settings without
secrets, and the newest 1000 journal lines. It holds no personal data: people and parcels are numbered anew
in each file, and words that somebody typed are left out. With -print it comes on this line instead; have your
terminal record it.`

func (s *session) export(ctx context.Context, words []string) error {
	var print bool
	rest, err := flags(words, func(f *flag.FlagSet) { f.BoolVar(&print, "print", false, "") })
	if err == nil {
		err = noWords(rest)
	}
	if err != nil {
		return err
	}
	if print {
		bundle, err := s.o.Care.Bundle(ctx)
		if err == nil {
			_, err = s.Write(append(bundle, '\n'))
		}
		return err
	}
	path, err := s.o.Care.Export(ctx)
	if err != nil {
		return err
	}
	s.printf("Written to %s.\n", printable(path))
	return nil
}
