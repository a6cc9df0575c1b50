package fingerprint

// builtIn was fitted by evaluate fingerprint -fit on [fvc2002_db1b fvc2002_db3b fvc2004_db1b fvc2004_db3b].
var builtIn = Calibration{
	Weights: Evidence{
		26.2427,
		0.28429,
		14.5804,
		2.24258,
		19.854,
		0.220453,
		10.9757,
		0.470833,
	},
	Bias: -10.2,
	Tail: [2]float64{-5.7438, 1.35769},
}
