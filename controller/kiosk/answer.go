package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"lockerd/controller"
	"lockerd/matcher"
)

// maxAnswer is the longest body of an answer, in bytes.
const maxAnswer = 1024

var errTooLong = errors.New("answer is too long")

// answer takes one act of the person at the screen.
func (k *Kiosk) answer(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "send application/json", http.StatusUnsupportedMediaType)
		return
	}
	a, err := readAnswer(r.Body)
	switch {
	case errors.Is(err, errTooLong):
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if a.Act == controller.ActLanguage && k.words[a.Text] == nil {
		http.Error(w, "that language is not spoken here", http.StatusBadRequest)
		return
	}
	switch err := k.accept(a); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errNobody):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case errors.Is(err, controller.ErrOldView):
		http.Error(w, "the screen has moved on", http.StatusConflict)
	default:
		k.log.Info("answer not taken", "act", a.Act, "err", err)
		http.Error(w, "that is not possible now", http.StatusConflict)
	}
}

// readAnswer decodes and checks one answer. Its errors say what is wrong with the form, never the text.
func readAnswer(body io.Reader) (controller.Answer, error) {
	raw, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err != nil {
		return controller.Answer{}, errors.New("cannot read the answer")
	}
	defer clear(raw)
	if len(raw) > maxAnswer {
		return controller.Answer{}, errTooLong
	}
	var a struct {
		View uint64 `json:"view"`
		Act  string `json:"act"`
		Text string `json:"text"`
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if dec.Decode(&a) != nil {
		return controller.Answer{}, errors.New(`send {"view":number,"act":"…","text":"…"}`)
	}
	if _, err := dec.Token(); err != io.EOF {
		return controller.Answer{}, errors.New("send one answer at a time")
	}
	answer := controller.Answer{View: a.View, Act: controller.Act(a.Act), Text: a.Text}
	return answer, checkAnswer(answer)
}

var (
	digits   = regexp.MustCompile(`^[0-9]{1,16}$`)
	dots     = regexp.MustCompile(`^[0-8]{1,9}$`)
	parcelID = regexp.MustCompile(`^[!-.0-~]{1,64}$`) // what the information system takes as one: no / and no space
	scanned  = regexp.MustCompile(`^[!-~]{1,64}$`)    // of a parcel, or a badge, which may say /
	slot     = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)
	tag      = regexp.MustCompile(`^[A-Za-z0-9-]{2,35}$`)
)

// checkAnswer tells whether the text is of the form that its act asks for.
func checkAnswer(a controller.Answer) error {
	ok := false
	switch a.Act {
	case controller.ActDigits:
		ok = digits.MatchString(a.Text)
	case controller.ActPattern:
		ok = dots.MatchString(a.Text) && distinct(a.Text)
	case controller.ActWay:
		_, err := matcher.ParseKind(a.Text)
		ok = err == nil || a.Text == ""
	case controller.ActWithdraw:
		_, err := matcher.ParseKind(a.Text)
		ok = err == nil
	case controller.ActSlot, controller.ActLook:
		ok = slot.MatchString(a.Text)
	case controller.ActReopen:
		ok = a.Text == "" || slot.MatchString(a.Text)
	case controller.ActChoose:
		ok = parcelID.MatchString(a.Text)
	case controller.ActScan:
		ok = scanned.MatchString(a.Text)
	case controller.ActSize:
		ok = a.Text == "1" || a.Text == "2" || a.Text == "3"
	case controller.ActLanguage:
		ok = tag.MatchString(a.Text)
	case controller.ActText:
		ok = a.Text == "large" || a.Text == "normal"
	case controller.ActAll, controller.ActPickUp, controller.ActDropOff, controller.ActEnrol, controller.ActBack, controller.ActMore, controller.ActHelp,
		controller.ActTaken, controller.ActNothing, controller.ActConsent, controller.ActStuck, controller.ActLarger,
		controller.ActBroken, controller.ActPhone, controller.ActInside, controller.ActReturn, controller.ActErase, controller.ActSkip, controller.ActOK:
		ok = a.Text == ""
	default:
		return errors.New("unknown act")
	}
	if !ok {
		return fmt.Errorf("the text does not fit the act %s", a.Act)
	}
	return nil
}

func distinct(text string) bool {
	for i := range text {
		if strings.IndexByte(text[i+1:], text[i]) >= 0 {
			return false
		}
	}
	return true
}
