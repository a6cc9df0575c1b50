package console

import "context"

const selfTestHelp = `Checks every part and says what to do about each fault. It reads only. With -pulse the doors of
empty slots are opened one after another, and you are asked first. With -json the result comes as JSON.`

func (s *session) selfTest(ctx context.Context, words []string) error {
	return s.runTest(ctx, "", words)
}
