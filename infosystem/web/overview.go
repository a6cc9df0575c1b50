package web

import (
	"net/http"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/events"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
)

// mostPictures is how many cabinets are shown with their slots; of more the overview has one line each.
const mostPictures = 6

type overview struct {
	frame
	Count struct {
		parcels.Count
		People int
	}
	Cabinets []summed
	Pictures bool
	Lines    []events.Line
}

// summed is a cabinet with what is under way there and, where there are few, with its picture.
type summed struct {
	cabinetState
	parcels.Count
	Out   cabinets.Out
	Tiles []tile
}

// Free is how many slots can take a parcel.
func (c summed) Free() int { return max(0, c.Slots-c.Inside-c.Out.Empty) }

func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "overview", func(tx database.Tx, page *overview) (err error) {
		page.frame = s.frame(r, "Overview", "overview")
		if err := s.sum(tx, page); err != nil {
			return err
		}
		if page.Count.People, err = people.Count(tx); err != nil {
			return err
		}
		page.Lines, err = events.Newest(tx, events.Query{}, 12)
		return err
	})
}

// sum reads what is under way, at each cabinet and in all.
func (s *Server) sum(tx database.Tx, page *overview) error {
	states, err := s.cabinets(tx)
	if err != nil {
		return err
	}
	counts, err := parcels.Counts(tx, time.Now())
	if err != nil {
		return err
	}
	out, err := cabinets.OutOfOrder(tx)
	if err != nil {
		return err
	}
	page.Pictures = len(states) <= mostPictures
	for _, c := range states {
		one := summed{cabinetState: c, Count: counts[c.ID], Out: out[c.ID]}
		page.Count.Expected += one.Expected
		page.Count.Inside += one.Inside
		page.Count.Overdue += one.Overdue
		if page.Pictures {
			detail, err := s.detail(tx, c.ID)
			if err != nil {
				return err
			}
			one.Tiles = tiles(detail)
		}
		page.Cabinets = append(page.Cabinets, one)
	}
	return nil
}
