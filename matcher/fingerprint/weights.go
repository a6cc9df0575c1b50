package fingerprint

// builtIn was fitted by evaluate fingerprint -fit on [fvc2002_db1b fvc2002_db3b fvc2004_db1b fvc2004_db3b].
var builtIn = Calibration{
	Weights: Evidence{
		25.1165,
		0.267358,
		14.1618,
		2.30784,
		21.0308,
		0.208257,
		10.5745,
		0.034873,
	},
	Bias: -9.90012,
	Tail: [2]float64{-5.92098, 1.37417},
}
