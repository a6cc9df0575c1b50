package sandbox

import (
	"fmt"
	"image"
	"image/color"
	_ "image/png" // PNG, TIFF and BMP are the formats that image.Decode is to know
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
)

// gallery is a folder of real images: FINGER_IMPRESSION.png, .tif, .tiff or .bmp, dark ridges.
type gallery struct {
	files map[string][]string // paths by finger, sorted
	names []string            // fingers, sorted
}

// people is whom the fingers of a gallery belong to, in the order of their names.
var people = []string{"ada right", "ada left", "bo right", "bo left", "stranger right", "stranger left"}

func openGallery(folder string) (*gallery, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("cannot read the folder of fingers: %w", err)
	}
	g := &gallery{files: map[string][]string{}}
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		finger, _, ok := strings.Cut(strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), "_")
		if ok && slices.Contains([]string{".png", ".tif", ".tiff", ".bmp"}, ext) {
			g.files[finger] = append(g.files[finger], filepath.Join(folder, e.Name()))
		}
	}
	g.names = slices.Sorted(maps.Keys(g.files))
	if len(g.names) == 0 {
		return nil, fmt.Errorf("the folder of fingers %s has no image named FINGER_IMPRESSION.png, .tif or .bmp", folder)
	}
	return g, nil
}

// finger returns the finger of one of the people, or one by the name of its files, for example "101".
func (g *gallery) finger(key string) (realFinger, error) {
	name := strings.TrimSuffix(key, " right")
	if i := slices.Index(people, key); i >= 0 && i < len(g.names) {
		name = g.names[i]
	}
	files, ok := g.files[name]
	if !ok {
		return realFinger{}, errNoFinger(key, append(slices.Clone(people[:min(len(people), len(g.names))]), g.names...))
	}
	f := realFinger{seed: seedOf(name)}
	for _, path := range files {
		grey, err := readGrey(path)
		if err != nil {
			return realFinger{}, err
		}
		f.images = append(f.images, grey)
	}
	return f, nil
}

func readGrey(path string) (*image.Gray, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoded, _, err := image.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the finger %s: %w", path, err)
	}
	bounds := decoded.Bounds()
	grey := image.NewGray(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			grey.Set(x, y, color.GrayModel.Convert(decoded.At(bounds.Min.X+x, bounds.Min.Y+y)))
		}
	}
	return grey, nil
}

// realFinger is the images of one finger.
type realFinger struct {
	images []*image.Gray
	seed   uint64
}

// Identity is the same for every image of the finger.
func (r realFinger) Identity() uint64 { return r.seed }

// Impression returns the middle of the n-th image, over and over; what the image lacks is background.
func (r realFinger) Impression(n uint64, width, height int) []byte {
	img := r.images[n%uint64(len(r.images))]
	left, top := (img.Rect.Dx()-width)/2, (img.Rect.Dy()-height)/2
	pix := make([]byte, width*height)
	for i := range pix {
		pix[i] = 255
		if at := image.Pt(left+i%width, top+i/width); at.In(img.Rect) {
			pix[i] = img.GrayAt(at.X, at.Y).Y
		}
	}
	return pix
}
