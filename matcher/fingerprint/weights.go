package fingerprint

// builtIn was fitted by evaluate on all four public sets; docs/fingerprint.md says how it was tested.
var builtIn = Calibration{
	Weights: Evidence{
		18.9038,
		0.276596,
		12.4586,
		2.14434,
		21.4299,
		0.235823,
		17.4588,
		1.46472,
	},
	Bias: -10.7513,
	Tail: [2]float64{-5.15671, 1.24182},
}
