package fingerprint

import (
	"encoding/binary"
	"fmt"

	"lockerd/matcher"
)

// Data of an identification: a version, the number of impressions, and each impression's ISO record with
// its length before it:
//
//	'L' 'F' version:1 count:1, each: length:2 record
const (
	version         = 1
	mostImpressions = 6
)

// MaxTemplate is the largest size of one impression's record in bytes.
const MaxTemplate = 2048

// pack writes impressions as the data of an identification.
func pack(impressions ...*impression) []byte {
	b := []byte{'L', 'F', version, byte(len(impressions))}
	for _, p := range impressions {
		at := len(b)
		b = appendRecord(append(b, 0, 0), p)
		binary.BigEndian.PutUint16(b[at:], uint16(len(b)-at-2))
	}
	return b
}

// unpack reads the data of an identification, or a bare ISO record.
func unpack(b []byte) ([]*impression, error) {
	if len(b) >= 3 && string(b[:3]) == "FMR" {
		return parseRecord(b)
	}
	if len(b) < 4 || b[0] != 'L' || b[1] != 'F' || b[2] != version {
		return nil, fmt.Errorf("%w: not a fingerprint of version %d", matcher.ErrDamaged, version)
	}
	count := int(b[3])
	if count < 1 || count > mostImpressions {
		return nil, fmt.Errorf("%w: %d impressions", matcher.ErrDamaged, count)
	}
	b = b[4:]
	var impressions []*impression
	for range count {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, fmt.Errorf("%w: an impression is cut short", matcher.ErrDamaged)
		}
		size := int(binary.BigEndian.Uint16(b))
		more, err := parseRecord(b[2 : 2+size])
		if err != nil {
			return nil, err
		}
		impressions, b = append(impressions, more...), b[2+size:]
	}
	if len(impressions) > mostImpressions {
		return nil, fmt.Errorf("%w: %d impressions", matcher.ErrDamaged, len(impressions))
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", matcher.ErrDamaged, len(b))
	}
	return impressions, nil
}

// Export returns the records of an identification's impressions, each an ISO/IEC 19794-2:2005 record that
// other engines read.
func Export(id matcher.Identification) ([][]byte, error) {
	impressions, err := unpack(id.Data)
	if err != nil {
		return nil, fmt.Errorf("cannot export a fingerprint: %w", err)
	}
	records := make([][]byte, len(impressions))
	for i, p := range impressions {
		records[i] = appendRecord(nil, p)
	}
	return records, nil
}

// Import makes an identification of ISO/IEC 19794-2:2005 records of one finger, of any vendor. It keeps
// the first 6 impressions.
func Import(label string, records ...[]byte) (matcher.Identification, error) {
	if len(records) < 1 || len(records) > mostImpressions {
		return matcher.Identification{}, fmt.Errorf("cannot import %d fingerprint records: give 1 to %d", len(records), mostImpressions)
	}
	var impressions []*impression
	for i, r := range records {
		more, err := parseRecord(r)
		if err != nil {
			return matcher.Identification{}, fmt.Errorf("cannot import fingerprint record %d: %w", i+1, err)
		}
		impressions = append(impressions, more...)
	}
	impressions = impressions[:min(len(impressions), mostImpressions)]
	return matcher.Identification{Kind: matcher.Fingerprint, Label: label, Data: pack(impressions...)}, nil
}

// Join makes one identification of several of one finger, such as Extract returns, without checking that
// they agree. Enrol is the way to do so with people.
func Join(label string, ids ...matcher.Identification) (matcher.Identification, error) {
	var impressions []*impression
	for _, id := range ids {
		more, err := unpack(id.Data)
		if err != nil {
			return matcher.Identification{}, fmt.Errorf("cannot join fingerprints: %w", err)
		}
		impressions = append(impressions, more...)
	}
	if len(impressions) < 1 || len(impressions) > mostImpressions {
		return matcher.Identification{}, fmt.Errorf("cannot join %d impressions: give 1 to %d", len(impressions), mostImpressions)
	}
	return matcher.Identification{Kind: matcher.Fingerprint, Label: label, Data: pack(impressions...)}, nil
}
