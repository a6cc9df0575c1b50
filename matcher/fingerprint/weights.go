package fingerprint

// builtIn was fitted by evaluate fingerprint -fit on [fvc2002_db1b fvc2002_db3b fvc2004_db1b fvc2004_db3b].
var builtIn = Calibration{
	Weights: Evidence{
		24.1273,
		0.214793,
		9.41001,
		0.593534,
		19.3568,
		0.267331,
		15.7176,
		3.25044,
	},
	Bias: -10.9858,
	Tail: [2]float64{-5.93384, 1.16201},
}
