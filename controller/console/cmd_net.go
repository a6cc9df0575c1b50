package console

import (
	"context"
	"fmt"
)

const netHelp = `Says whether the information system is reached, since when, how many events wait to be acknowledged, and
which version of the desired state is in force. Picking up works without it.`

func (s *session) net(ctx context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	n := s.o.Machine.Status(ctx).Network
	if n.Infosystem == "" {
		s.printf("The cabinet stands alone: the settings name no information system.\n")
		return nil
	}
	s.table([]string{"information system", n.Infosystem}, []string{"state", linkState(n)}, []string{"since", moment(n.Since)},
		[]string{"desired state", fmt.Sprintf("version %d", n.Version)}, []string{"last error", n.Detail})
	return nil
}
