package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// mostBytes is how large a picture of the documents may be.
const mostBytes = 120 << 10

// photographer takes the pictures of the documents.
type photographer struct {
	*testing.T
	town *town
	dir  string
}

// TestPictures takes the pictures of the documents from the running system, into the folder that PICTURES
// names (make pictures). It uses the addresses of make run, since the pages show them.
func TestPictures(t *testing.T) {
	dir := os.Getenv("PICTURES")
	if dir == "" {
		t.Skip("skipped: the pictures are taken by make pictures")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "lockerd/cmd/lockerd", "lockerd/cmd/infosystem")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the programs: %v\n%s", err, out)
	}
	var town *town
	said := output(t, func() (err error) {
		town, err = open(t.Context(), places{bin: bin, configs: "../../configs", dir: t.TempDir(), compare: "auto", model: "r503",
			kiosk: "127.0.0.1:8080", front: "127.0.0.1:8081", web: "127.0.0.1:8082", broker: "127.0.0.1:1884"}, false)
		return err
	})
	t.Cleanup(town.stop)
	if err := town.welcome(t.Context()); err != nil {
		t.Fatal(err)
	}
	password := regexp.MustCompile(`operator, password (\w+)`).FindSubmatch(said)
	if password == nil {
		t.Fatal("the information system printed no first password")
	}
	p := photographer{t, town, dir}
	p.pickup()
	p.overview(string(password[1]))
	p.voice(bin)
}

// voice looks at the touchscreen of another cabinet, on which voices are on, while Ada says digits.
func (p photographer) voice(bin string) {
	ctx := p.Context()
	addresses, err := freePorts(4)
	p.must(err)
	p.town, err = open(ctx, places{bin: bin, configs: "../../configs", dir: p.TempDir(), compare: "auto", model: "r503", voice: true,
		kiosk: addresses[0], front: addresses[1], web: addresses[2], broker: addresses[3]}, true)
	p.must(err)
	p.Cleanup(p.town.stop)
	p.must(p.town.welcome(ctx))
	teller := &teller{town: p.town}
	kiosk := p.browse("http://"+p.town.kiosk, 1024, 600)
	p.must(teller.afterTail(ctx, "voice", adaTail))
	v, err := p.town.screen.sees(ctx, controller.AskVoice)
	p.must(err)
	err = p.town.front.say("say ada " + v.prompt)
	p.must(err)
	p.keep(kiosk, "touchscreen-voice", `Number(document.querySelector(".level .done")?.getAttribute("width")) > 20`)
}

// pickup follows a stranger and Ada at the touchscreen, and looks at the cabinet's front while her door is open.
func (p photographer) pickup() {
	kiosk := p.browse("http://"+p.town.kiosk, 1024, 600)
	front := p.browse("http://"+p.town.places.front, 1200, 800)
	p.must(p.town.home(p.Context()))
	p.keep(kiosk, "touchscreen-home", seen(controller.Home))
	p.must(p.town.begin(p.Context(), controller.ActPickUp, controller.AskAny))
	p.keep(kiosk, "touchscreen-pickup", seen(controller.AskAny))
	p.must(p.town.screen.does(controller.ActText, "large"))
	p.keep(kiosk, "touchscreen-large", seen(controller.AskAny)+` && document.querySelector(".large") !== null`)
	p.must(p.town.screen.does(controller.ActText, "normal"))
	p.must(p.town.screen.does(controller.ActLanguage, "zh-CN"))
	p.keep(kiosk, "touchscreen-pickup-zh", seen(controller.AskAny)+` && document.documentElement.lang === "zh-CN" && !document.querySelector(".large")`)
	p.touches("stranger", controller.RefusedView)
	p.keep(kiosk, "touchscreen-refused", seen(controller.RefusedView))
	v := p.touches("ada", controller.SlotOpen)
	p.keep(kiosk, "touchscreen-open", seen(controller.SlotOpen))
	p.must(chromedp.Do(front, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("choose(%d)", v.slot))))
	p.keep(front, "front", `document.querySelector(".slot.open.parcel") !== null && document.querySelector(".glass.touched") === null`)
	p.must(p.town.shut(p.Context(), v.slot))
	p.keep(kiosk, "touchscreen-again", `document.querySelector("[data-act='reopen']") !== null`)
	p.enrolment(kiosk)
}

// enrolment looks at what Bo is asked before anything is captured, and leaves.
func (p photographer) enrolment(kiosk context.Context) {
	ctx := p.Context()
	var people []struct{ ID string }
	p.must(p.town.desk.post(ctx, "/people/search", map[string]string{"part": "bo"}, &people))
	code, err := p.town.desk.invite(ctx, people[0].ID)
	p.must(err)
	p.must(p.town.begin(ctx, controller.ActEnrol, controller.EnrolInvite))
	p.must(p.town.invited(ctx, code))
	p.keep(kiosk, "touchscreen-consent", seen(controller.EnrolConsent))
	p.must(p.town.home(ctx))
}

// touches lays a finger on the module and says what the touchscreen shows then.
func (p photographer) touches(finger string, then controller.Screen) view {
	p.Helper()
	v, err := p.town.touch(p.Context(), finger)
	p.must(err)
	if v.screen != then {
		p.Fatalf("after finger %s the touchscreen shows %q (%s), want %q", finger, v.screen, v.text, then)
	}
	return v
}

// overview signs in as the operator, with a parcel of Bo's in a slot and another expected.
func (p photographer) overview(password string) {
	ctx := p.Context()
	var people []struct{ ID string }
	p.must(p.town.desk.post(ctx, "/people/search", map[string]string{"part": "bo"}, &people))
	for _, parcel := range []string{"P-1002", "P-1003"} {
		p.must(p.town.desk.assign(ctx, parcel, people[0].ID))
	}
	_, err := p.town.dropOff(ctx, "P-1002")
	p.must(err)
	page := p.browse("http://"+p.town.web+"/sign-in", 1200, 800)
	signIn := fmt.Sprintf(`fetch("/sign-in", {method: "POST", body: new URLSearchParams({name: "operator", password: %q})})`, password)
	p.must(chromedp.Do(page, chromedp.Evaluate[chromedp.Void](signIn, chromedp.EvalAwaitPromise), chromedp.Navigate("http://"+p.town.web)))
	p.keep(page, "infosystem", `document.querySelector("#overview")?.textContent.includes("deposited")`)
}

// seen is true in the touchscreen's page when it shows that screen.
func seen(screen controller.Screen) string {
	return fmt.Sprintf(`document.querySelector(".screen-%s") !== null`, screen)
}

// browse opens a page in a Chromium of its own.
func (p photographer) browse(url string, width, height int64) context.Context {
	p.Helper()
	browser, err := exec.LookPath("chromium")
	p.must(err)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox,
		chromedp.UserDataDir(p.TempDir()), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(p.Context(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	p.Cleanup(func() { cancel(); stop() })
	p.must(chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(url)))
	return ctx
}

// keep takes a picture once the expression is true in the page and what moves has come to rest.
func (p photographer) keep(page context.Context, name, when string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(page, time.Minute)
	defer cancel()
	const still = `document.getAnimations().every((a) => a.playState !== "running" || a.effect.getComputedTiming().iterations === Infinity)`
	p.must(chromedp.Do(ctx, chromedp.Poll[chromedp.Void](when), chromedp.Poll[chromedp.Void](still)))
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	p.must(err)
	if len(picture) > mostBytes {
		p.Errorf("picture %s has %d bytes, more than %d", name, len(picture), mostBytes)
	}
	p.must(os.WriteFile(filepath.Join(p.dir, name+".png"), picture, 0o644))
}

func (p photographer) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// output returns what the programs that do starts have printed when it returns.
func output(t *testing.T, do func() error) []byte {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stdout := os.Stdout
	os.Stdout = file
	err = do()
	os.Stdout = stdout
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return text
}
