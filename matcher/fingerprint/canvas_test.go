package fingerprint

import (
	"reflect"
	"testing"
)

// Of a finger's image nothing stays in the memory that is used again, whatever its resolution.
func TestImageIsOverwritten(t *testing.T) {
	for _, dpi := range []int{500, 569} {
		c := new(canvas)
		s := sample(1, 0)
		s.DPI = dpi
		if _, _, err := c.extract(s); err != nil {
			t.Fatal(err)
		}
		if used := leftovers(c); len(used) < 10 {
			t.Errorf("%d dpi: an extraction uses %v only", dpi, used)
		}
		c.wipe()
		if left := leftovers(c); len(left) > 0 {
			t.Errorf("%d dpi: something of the image is left in %v", dpi, left)
		}
	}
	c := pool.Get().(*canvas)
	pool.Put(c)
	if _, _, err := extract(sample(1, 0)); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(c); len(left) > 0 {
		t.Errorf("something of the image is left in %v of a canvas that is back in the pool", left)
	}
}

// leftovers names the slices of c that hold anything but zeros, up to their capacity.
func leftovers(c *canvas) (names []string) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		lists := []reflect.Value{v.Field(i)}
		if v.Field(i).Kind() == reflect.Array {
			lists = nil
			for k := range v.Field(i).Len() {
				lists = append(lists, v.Field(i).Index(k))
			}
		}
		for _, list := range lists {
			if list.Kind() != reflect.Slice {
				continue
			}
			list = list.Slice(0, list.Cap())
			for k := range list.Len() {
				if !list.Index(k).IsZero() {
					names = append(names, v.Type().Field(i).Name)
					break
				}
			}
		}
	}
	return names
}
