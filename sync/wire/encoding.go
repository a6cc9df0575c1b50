package wire

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// A message has exactly one encoding: the deterministic one of RFC 8949 section 4.2.1, with integer keys,
// empty optional fields left out and no null. So a decoder can be strict by encoding again what it understood.
var (
	encoder = mustMode(cbor.EncOptions{
		Sort:          cbor.SortCoreDeterministic,
		ShortestFloat: cbor.ShortestFloat16,
		IndefLength:   cbor.IndefLengthForbidden,
		TagsMd:        cbor.TagsForbidden,
		NilContainers: cbor.NilContainerAsEmpty,
	}.EncMode())
	decoder = mustMode(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   8,
		MaxArrayElements:  8192,
		MaxMapPairs:       64,
	}.DecMode())
)

func mustMode[M any](mode M, err error) M {
	if err != nil {
		panic("wire: impossible CBOR options: " + err.Error())
	}
	return mode
}

var errNotDeterministic = errors.New("encoding is not the deterministic one (unknown, missing or padded parts)")

// decode reads data into v, which is a pointer to a message or body. It accepts what encoder writes and
// nothing else: no unknown or repeated key, no byte after the end, no array of another length.
func decode(data []byte, v any) error {
	if err := decoder.Unmarshal(data, v); err != nil {
		return fmt.Errorf("cannot decode CBOR: %w", err)
	}
	again, err := encoder.Marshal(v)
	if err != nil {
		return fmt.Errorf("cannot encode again: %w", err)
	}
	if !bytes.Equal(again, data) {
		return errNotDeterministic
	}
	return nil
}
