package fingerprint

// builtIn was fitted by evaluate on all four public sets; docs/fingerprint.md says how it was tested.
var builtIn = Calibration{
	Weights: []float64{
		38.2742,
		0.116312,
		10.8252,
		-0.0661128,
		-0.37351,
		2.37015,
		-0.482659,
		0.257154,
		29.6854,
		0.106217,
		9.99753,
		0.287538,
		-0.366231,
		3.18175,
		-0.220247,
		-0.0893676,
	},
	Bias: -7.67165,
	Tail: [2]float64{-3.72932, 0.871246},
}
