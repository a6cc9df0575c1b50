package kiosk

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// fronts are cabinets as they stand: twelve doors of which two are large, and eighty in columns, beside the touchscreen.
var fronts = map[string][]Place{
	"twelve": {{0, 1, 3, 2, 1}, {1, 1, 1, 1, 1}, {2, 2, 1, 1, 1}, {3, 1, 2, 1, 1}, {4, 2, 2, 1, 1}, {5, 3, 1, 1, 1}, {6, 3, 2, 1, 1},
		{7, 3, 3, 1, 1}, {8, 4, 1, 1, 3}, {9, 1, 4, 2, 2}, {10, 3, 4, 2, 1}, {11, 3, 5, 1, 1}, {12, 4, 5, 1, 1}},
	"eighty": columnwise(10, 8),
}

// columnwise is a front whose doors are numbered down one column after another. The touchscreen stands beside them.
func columnwise(rows, columns int) []Place {
	places := []Place{{0, rows / 2, columns + 1, 2, 1}}
	for i := range rows * columns {
		places = append(places, Place{controller.Slot(i + 1), 1 + i%rows, 1 + i/rows, 1, 1})
	}
	return places
}

// TestBrowserFront: on the map, and where a courier chooses among the free doors, each door stands where it does on the
// cabinet's front. What is too wide to be touched there is listed.
func TestBrowserFront(t *testing.T) {
	for name, places := range fronts {
		for _, g := range glasses {
			t.Run(name+" on "+g.name, func(t *testing.T) {
				k := newKiosk(t, Options{Sandbox: true, Cabinet: "A-1", Keypad: true, Places: places})
				ctx := browse(t, k)
				do(t, ctx, chromedp.EmulateViewport(g.width, g.height))
				n := controller.Slot(len(places) - 1)
				lines := []controller.ParcelLine{{ID: "P-1", Slot: 1, Size: 1}, {ID: "P-2", Slot: n, Size: 3}}
				for i, v := range []controller.View{
					{Screen: controller.SlotOpen, Slot: 9, Doors: bank(n, 9), Note: controller.PutBack},
					{Screen: controller.YourParcels, Parcels: lines, Doors: bank(n, 0)},
					{Screen: controller.DropSlot, Parcels: lines[:1], Slot: 9, Doors: picking(bank(n, 9)), AskConsent: true, Tail: "4711"},
				} {
					v.Number, v.Language = uint64(i+1), "en"
					show(t, ctx, k, v)
					for _, fault := range evaluate[[]string](t, ctx, fmt.Sprintf(audit, g.target)) {
						t.Errorf("%s: %s", v.Screen, fault)
					}
					keep(t, ctx, fmt.Sprintf("front-%s-%s.%s.png", name, v.Screen, g.name))
					if v.Screen != controller.DropSlot || name == "twelve" {
						stand(t, evaluate[[]box](t, ctx, boxes), places)
					} else if all := evaluate[int](t, ctx, `document.querySelectorAll(".picks li").length`); all != 53 {
						t.Errorf("%d doors are listed, want those that are free", all)
					}
				}
			})
		}
	}
}

// boxes runs in the page: where the doors and the touchscreen are drawn.
const boxes = `[...document.querySelectorAll("main li[class*=door-]")].map((li) => { const b = li.getBoundingClientRect();
	return {Slot: Number(li.className.match(/door-(\d+)/)[1]), Left: b.left, Top: b.top, Right: b.right, Bottom: b.bottom}; })`

type box struct {
	Slot                     controller.Slot
	Left, Top, Right, Bottom float64
}

// stand checks every two of the boxes against where their doors stand.
func stand(t *testing.T, all []box, places []Place) {
	t.Helper()
	if len(all) != len(places) {
		t.Fatalf("%d doors are drawn, want %d", len(all), len(places))
	}
	at := map[controller.Slot]Place{}
	for _, p := range places {
		at[p.Slot] = p
	}
	for _, a := range all {
		for _, b := range all {
			p, q := at[a.Slot], at[b.Slot]
			if (p.Column+p.Columns <= q.Column) != (a.Right <= b.Left) || (p.Row+p.Rows <= q.Row) != (a.Bottom <= b.Top) {
				t.Errorf("door %d at %v and door %d at %v do not stand so", a.Slot, p, b.Slot, q)
			}
		}
	}
}
