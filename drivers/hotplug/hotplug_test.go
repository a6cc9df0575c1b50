package hotplug_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/hotplug"
)

var errGone = errors.New("device is gone")

// What is told of a device, by what becomes of it.
func TestServe(t *testing.T) {
	for name, tt := range map[string]struct {
		use  func(ctx context.Context, n int, ready func()) error // its nth run, from 1
		want []string
	}{
		"stays": {func(ctx context.Context, _ int, ready func()) error { ready(); <-ctx.Done(); return errGone }, []string{"<nil>"}},
		"begins anew": {func(_ context.Context, _ int, ready func()) error { ready(); time.Sleep(time.Second); return nil },
			[]string{"<nil>"}},
		"is never there": {func(_ context.Context, n int, _ func()) error { return fmt.Errorf("%w: try %d", errGone, n) },
			[]string{"device is gone: try 1"}},
		"another reason": {func(_ context.Context, n int, _ func()) error {
			if n < 10 {
				return errGone
			}
			return errors.New("no permission")
		}, []string{"device is gone", "no permission"}},
		"goes seldom": {func(ctx context.Context, n int, ready func()) error {
			ready()
			if n > 5 {
				<-ctx.Done()
			}
			time.Sleep(2 * time.Minute)
			return errGone
		}, slices.Repeat([]string{"<nil>", "device is gone"}, 6)[:11]},
		"comes and goes": {func(_ context.Context, _ int, ready func()) error { ready(); time.Sleep(time.Second); return errGone },
			[]string{"<nil>", "device is gone", "<nil>", "device is gone", "<nil>", "device is gone: it comes and goes"}},
		"comes and goes, then stays": {func(ctx context.Context, n int, ready func()) error {
			ready()
			if n > 100 {
				<-ctx.Done()
			}
			time.Sleep(time.Second)
			return errGone
		}, []string{"<nil>", "device is gone", "<nil>", "device is gone", "<nil>", "device is gone: it comes and goes", "<nil>"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), time.Hour)
				defer stop()
				var told []string
				runs := 0
				err := hotplug.Serve(ctx, errGone, func(err error) { told = append(told, fmt.Sprint(err)) },
					func(ctx context.Context, ready func()) error { runs++; return tt.use(ctx, runs, ready) })
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("ended with %v", err)
				}
				if !slices.Equal(told, tt.want) {
					t.Errorf("told %q, want %q", told, tt.want)
				}
			})
		})
	}
}
