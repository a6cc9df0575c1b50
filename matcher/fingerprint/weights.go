package fingerprint

// builtIn was fitted by evaluate fingerprint -fit on [fvc2002_db1b fvc2002_db3b fvc2004_db1b fvc2004_db3b].
var builtIn = Calibration{
	Weights: Evidence{
		18.2113,
		0.289757,
		14.7663,
		1.248,
		21.9444,
		0.225588,
		12.0279,
		1.11927,
	},
	Bias: -9.62998,
	Tail: [2]float64{-5.73191, 1.44347},
}
