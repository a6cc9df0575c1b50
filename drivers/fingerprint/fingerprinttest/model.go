package fingerprinttest

import "fmt"

// Model is a kind of module.
type Model string

// The models that are emulated.
const (
	R307 Model = "r307" // ZFM-20 family, optical, 256 × 288 pixels, no product information
	R503 Model = "r503" // capacitive, 192 × 192 pixels, product information, a ring of light
)

// traits are what differs between the models.
type traits struct {
	width, height int // pixels
	capacity      int // template pages
	slots         int // character buffers
	character     int // bytes that Img2Tz makes
	template      int // bytes that RegModel makes
	systemID      uint16
	family503     bool
}

var models = map[Model]traits{
	R307: {width: 256, height: 288, capacity: 1000, slots: 2, character: 256, template: 512, systemID: 0x0009},
	R503: {width: 192, height: 192, capacity: 200, slots: 6, character: 1536, template: 1536, systemID: 0x0000, family503: true},
}

// ParseModel returns the model with that name.
func ParseModel(name string) (Model, error) {
	if _, ok := models[Model(name)]; !ok {
		return "", fmt.Errorf("unknown module %q: use %s or %s", name, R307, R503)
	}
	return Model(name), nil
}

// Size returns the width and height of the model's images in pixels.
func (m Model) Size() (width, height int) { return models[m].width, models[m].height }
