package infosystem_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lockerd/infosystem"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/wire"
)

// business is the size of what an operator runs. In each cabinet 30 parcels lie and 10 are expected; the others have ended.
type business struct{ people, parcels, cabinets, events int }

var (
	large  = business{people: 2000, parcels: 5000, cabinets: 40, events: 60000}
	larger = business{people: 1100, parcels: 600, cabinets: 12, events: 1800} // than one page holds
)

// startLarge runs an information system that has much to show.
func startLarge(t testing.TB, size business) (*infosystem.System, *browser) {
	t.Helper()
	opener := databasetest.Opener(t)
	s, err := infosystem.New(infosystem.Options{Dir: t.TempDir(), Database: opener, Tenant: "test", Outbox: true, SignerSocket: socket(t)})
	if err != nil {
		t.Fatal(err)
	}
	db, err := opener()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	databasetest.Update(t, db, size.write)
	run(t, s)
	b := openBrowser(t, s)
	b.signIn(s.FirstPassword())
	return s, b
}

// write writes it all into a database.
func (size business) write(tx database.Tx) error {
	_, seal, err := wire.NewSealingKey()
	now := time.Now()
	ago := func(minutes int) int64 { return now.Add(-time.Duration(minutes) * time.Minute).UnixMilli() }
	do := func(statement string, args ...any) {
		if err == nil {
			_, err = tx.Exec(statement, args...)
		}
	}
	for i := range size.people {
		do(`INSERT INTO people (id, name, phone, language, low_slot, policy, agreed, created) VALUES (?, ?, ?, 'en', 0, '', '', ?)`,
			fmt.Sprintf("r-%04d", i), fmt.Sprintf("Ada %04d", i), fmt.Sprintf("+86138%08d", i), ago(i))
		if i%2 == 0 {
			do(`INSERT INTO verification (id, reference, kind, sealed, stored, used) VALUES (?, ?, 'fingerprint', ?, ?, ?)`,
				fmt.Sprintf("v-%04d", i), fmt.Sprintf("r-%04d", i), []byte{1}, ago(i), ago(i))
		}
	}
	for i := range size.cabinets {
		do(`INSERT INTO cabinets (id, name, slots, software, seal_key, joined, seen, boot, nonce, uptime, met, policy, codes, kinds_off, version, root, reported)
			VALUES (?, ?, 60, 'v1', ?, ?, ?, '', ?, 0, 0, '', '', '', 7, ?, 7)`,
			fmt.Sprintf("lobby-%02d", i), fmt.Sprintf("Lobby, %d Bridge Street", i), seal, ago(10000), ago(i), []byte{}, []byte{})
	}
	do(`INSERT INTO slots (cabinet, slot, door, service, at) VALUES ('lobby-07', 1, 'jammed', '', 1), ('lobby-07', 60, 'jammed', '', 1)`)
	notices := 0
	for i := range size.parcels {
		due := ago(-100000) // in some months
		if i < 200 {
			due = ago(1)
		}
		phase, slot, stored, ended := "collected", i%60+1, ago(i+5), ago(i)
		switch place := i / size.cabinets; {
		case place < 30:
			phase, slot, ended = "stored", place+1, 0
		case place < 40:
			phase, slot, stored, ended = "expected", 0, 0, 0
		}
		do(`INSERT INTO parcels (id, cabinet, recipient, size, due, phase, recalled, specific, slot, assigned, stored, ended)
			VALUES (?, ?, ?, 1, ?, ?, 0, ?, ?, ?, ?, ?)`, fmt.Sprintf("SF%08d", i), fmt.Sprintf("lobby-%02d", i%size.cabinets),
			fmt.Sprintf("r-%04d", i%size.people), due, phase, i%2, slot, ago(i+10), stored, ended)
		for _, kind := range []string{"arrival", "code"} {
			notices++
			do(`INSERT INTO notices (number, recipient, kind, parcel, cabinet, at, state, attempts, next, problem) VALUES (?, ?, ?, ?, ?, ?, 'sent', 1, 0, '')`,
				notices, fmt.Sprintf("r-%04d", i%size.people), kind, fmt.Sprintf("SF%08d", i), "Lobby", ago(i))
		}
	}
	for i := range size.events {
		do(`INSERT INTO events (number, cabinet, epoch, seq, at, received, what, slot, parcel, who, kinds, detail, command, prev, problem)
			VALUES (?, ?, ?, ?, ?, ?, 'door-shut', 1, ?, '', '', '', '', ?, '')`, i+1, fmt.Sprintf("lobby-%02d", i%size.cabinets),
			[]byte{1}, i, ago(size.events-i), ago(size.events-i), fmt.Sprintf("SF%08d", i%size.parcels), []byte{})
	}
	for i := range 100 * size.cabinets {
		do(`INSERT INTO commands (id, cabinet, action, slot, parcel, operator, reason, at, expires, state, detail)
			VALUES (?, ?, 'open', 1, '', 'operator', 'stuck', ?, ?, 'done', '')`, fmt.Sprintf("c-%04d", i), fmt.Sprintf("lobby-%02d", i%size.cabinets), ago(i), ago(i))
	}
	do(`INSERT INTO counters (name, n) VALUES ('notices', ?), ('events', ?)`, notices, size.events)
	return err
}

// largePages are the pages that have much to show.
var largePages = []string{"/", "/people", "/people/r-0007", "/parcels", "/cabinets/lobby-07", "/events", "/events?parcel=SF00000007", "/notices", "/staff"}

// BenchmarkLargePages measures how long a page of a large business takes, and how large it is.
func BenchmarkLargePages(b *testing.B) {
	_, browser := startLarge(b, large)
	for _, path := range largePages {
		b.Run(path, func(b *testing.B) {
			size := 0
			for b.Loop() {
				answer, err := browser.client.Get(browser.url + path)
				if err != nil {
					b.Fatal(err)
				}
				page, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if size = len(page); err != nil || answer.StatusCode != http.StatusOK {
					b.Fatalf("%d, %v", answer.StatusCode, err)
				}
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// mostOfAPage is how large a page may be, in bytes.
const mostOfAPage = 100_000

// TestLargeBusiness: no page grows with the business, and what does not fit on one is found on the next ones, by search or
// by asking for some of it.
func TestLargeBusiness(t *testing.T) {
	size := larger
	s, b := startLarge(t, size)
	for _, path := range largePages {
		if code, page := b.get(path); code != http.StatusOK || len(page) > mostOfAPage {
			t.Errorf("%s: %d, %d bytes", path, code, len(page))
		}
	}
	if _, page := b.get("/"); !strings.Contains(page, "29 of 60") || !strings.Contains(page, `href="/cabinets/lobby-07">2</a>`) {
		t.Error("the overview does not tell of two slots that are out of order, of which one is empty")
	}
	for path, test := range map[string]struct {
		row  string
		want int
	}{
		"/people":               {`<td><a href="/people/(r-\d+)">Ada`, size.people},
		"/parcels?state=inside": {`<td><a href="/events\?parcel=(SF\d+)"`, 30 * size.cabinets},
		"/parcels?state=expected&cabinet=lobby-07": {`<td><a href="/events\?parcel=(SF\d+)"`, 10},
		"/parcels?state=overdue":                   {`<td><a href="/events\?parcel=(SF\d+)"`, 200},
		"/parcels?state=ended&cabinet=lobby-07":    {`<td><a href="/events\?parcel=(SF\d+)"`, size.parcels/size.cabinets - 40},
		"/events?cabinet=lobby-07":                 {`title="([^"]+)"`, size.events / size.cabinets},
		"/events?parcel=SF00000007":                {`title="([^"]+)"`, size.events / size.parcels},
	} {
		if got := b.walk(path, regexp.MustCompile(test.row)); len(got) != test.want {
			t.Errorf("%s: its pages have %d, want %d", path, len(got), test.want)
		}
	}
	for path, want := range map[string]string{"/people?page=99": "Nobody more.", "/parcels?page=99": "No more parcels."} {
		if _, page := b.get(path); !strings.Contains(page, want) {
			t.Errorf("%s, behind the last page, does not say %q", path, want)
		}
	}
	finds := func(path, part, want string, most int) {
		t.Helper()
		_, page := b.post(path, url.Values{"q": {part}})
		if n := strings.Count(page, "<tr"); !strings.Contains(page, want) || n > most+1 {
			t.Errorf("%s of %q finds %d, want %s", path, part, n-1, want)
		}
	}
	finds("/people/search", "ada 1099", `href="/people/r-1099"`, 1)
	finds("/people/search", "+86 138 0000-1098", `href="/people/r-1098"`, 1)
	finds("/parcels/search", "sf00000599", "SF00000599", 1)
	finds("/parcels/search", "Ada 0599", "SF00000599", 1)
	finds("/parcels/search", "138 0000 0598", "SF00000598", 1)
	finds("/parcels/search", "nobody", "No parcel like that", 1)
	_, page := b.post("/parcels", url.Values{"id": {"P-1"}, "recipient": {"Ada 1099"}, "cabinet": {"lobby-07"}, "size": {"1"}})
	if !strings.Contains(page, "Parcel P-1 is expected") {
		t.Error("no parcel can be assigned to somebody whom the form does not offer")
	}

	a := apiOf(t, s)
	seen := map[string]bool{}
	for _, list := range []string{"people", "parcels"} {
		for last, more := "", true; more; {
			var some []struct{ ID string }
			a.do("GET", "/api/v1/"+list+"?after="+last, nil, &some)
			for _, one := range some {
				seen[one.ID], last = true, one.ID
			}
			if more = len(some) > 0; more && last == "r-0999" { // somebody on a list that was read goes, and nobody is left out
				a.do("DELETE", "/api/v1/people/r-0900", nil, nil)
			}
		}
	}
	if want := size.people + size.parcels + 1; len(seen) != want {
		t.Errorf("the API's lists have %d people and parcels, want %d", len(seen), want)
	}
	var expected []struct{ Phase string }
	a.do("GET", "/api/v1/parcels?state=expected&cabinet=lobby-07", nil, &expected)
	if len(expected) != 11 || expected[0].Phase != "expected" {
		t.Errorf("the API has %d parcels expected at one cabinet, want 11", len(expected))
	}
	for _, path := range []string{"/parcels?state=lost", "/parcels?page=x", "/events?before=x", "/notices?before=-1", "/notices?state=lost"} {
		if code, _ := b.get(path); code != http.StatusBadRequest {
			t.Errorf("%s gives %d", path, code)
		}
	}
}

// walk goes through all pages of a list and returns what row finds on them, each once.
func (b *browser) walk(path string, row *regexp.Regexp) map[string]bool {
	b.t.Helper()
	more, found := regexp.MustCompile(`<a href="([^"]+)">More →</a>`), map[string]bool{}
	for range 200 {
		_, page := b.get(path)
		for _, one := range row.FindAllStringSubmatch(page, -1) {
			if found[one[1]] {
				b.t.Errorf("%s has %s once more", path, one[1])
			}
			found[one[1]] = true
		}
		next := more.FindStringSubmatch(page)
		if next == nil {
			return found
		}
		path = html.UnescapeString(next[1])
	}
	b.t.Error("the pages have no end")
	return found
}
