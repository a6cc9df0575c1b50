package controller

// warnings are the journal lines about a voice that is enough alone: allowed by the cabinet's own setting, or asked
// for by a policy and not obeyed.
func (c *Controller) warnings(policy Policy) []Entry {
	var lines []Entry
	if c.parts.VoiceAlone {
		lines = append(lines, Entry{What: Warned, Detail: "voice.alone is on: a voice alone can open doors where the policy says so, and a voice can be recorded and imitated"})
	}
	if !c.parts.VoiceAlone && len(policy.withoutVoiceAlone()) < len(policy) {
		lines = append(lines, Entry{What: Warned, Detail: "the policy takes a voice alone for enough, which is not obeyed: voice.alone is off in the cabinet's settings"})
	}
	return lines
}
