package report

import "math"

// axis places values between two edges of a picture, in its units.
type axis struct {
	low, high float64 // the values at the edges
	from, to  float64 // the edges
}

func (a axis) at(value float64) float64 {
	return a.from + (a.to-a.from)*(value-a.low)/(a.high-a.low)
}

// tick is a labelled place on an axis.
type tick struct {
	At    float64
	Label string
}

// evenTicks are up to most steps of 1, 2 or 5 times a power of ten, from zero to
// the axis's end.
func (a axis) evenTicks(most int, label func(float64) string) []tick {
	magnitude := math.Pow(10, math.Floor(math.Log10(a.high/float64(most))))
	step := magnitude
	for _, factor := range []float64{1, 2, 5, 10} {
		step = factor * magnitude
		if a.high/step <= float64(most) {
			break
		}
	}
	var ticks []tick
	for i := 0; float64(i)*step <= a.high; i++ {
		value := float64(i) * step
		ticks = append(ticks, tick{round(a.at(value)), label(value)})
	}
	return ticks
}

// decadeTicks are the powers of ten on an axis of logarithms.
func (a axis) decadeTicks(label func(float64) string) []tick {
	var ticks []tick
	for power := math.Ceil(a.low); power <= a.high; power++ {
		ticks = append(ticks, tick{round(a.at(power)), label(math.Pow(10, power))})
	}
	return ticks
}

// round keeps pictures small: a tenth of a unit cannot be seen.
func round(f float64) float64 { return math.Round(f*10) / 10 }
