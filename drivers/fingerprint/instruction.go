package fingerprint

import "fmt"

// Instruction is the first byte of a command.
type Instruction byte

// Instructions. Arguments stand behind them in the command, answers behind the confirmation in the reply;
// numbers are bytes.
const (
	GenImg         Instruction = 0x01 // –                          → –
	Img2Tz         Instruction = 0x02 // buffer 1                    → –
	Match          Instruction = 0x03 // –                          → score 2
	Search         Instruction = 0x04 // buffer 1, start 2, count 2  → page 2, score 2
	RegModel       Instruction = 0x05 // –                          → –
	Store          Instruction = 0x06 // buffer 1, page 2            → –
	LoadChar       Instruction = 0x07 // buffer 1, page 2            → –
	UpChar         Instruction = 0x08 // buffer 1                    → –, then data packets
	DownChar       Instruction = 0x09 // buffer 1                    → –, then data packets from the host
	UpImage        Instruction = 0x0A // –                          → –, then data packets
	DownImage      Instruction = 0x0B // –                          → –, then data packets from the host
	DeletChar      Instruction = 0x0C // page 2, count 2             → –
	Empty          Instruction = 0x0D // –                          → –
	SetSysPara     Instruction = 0x0E // register 1, value 1         → –, at the old setting
	ReadSysPara    Instruction = 0x0F // –                          → 16: see ParseParameters
	SetPwd         Instruction = 0x12 // password 4                  → –
	VfyPwd         Instruction = 0x13 // password 4                  → –
	GetRandom      Instruction = 0x14 // –                          → number 4
	SetAdder       Instruction = 0x15 // address 4                   → –, from the new address
	HandShake17    Instruction = 0x17 // 0                           → – (older modules)
	HighSpeed      Instruction = 0x1B // as Search
	TempleteNum    Instruction = 0x1D // –                          → count 2
	ReadIndexTable Instruction = 0x1F // page 0–3                    → 32: one bit a template page
	AuraLedConfig  Instruction = 0x35 // control, speed, colour, times → – (R503)
	CheckSensor    Instruction = 0x36 // –                          → – (R503)
	GetAlgVer      Instruction = 0x39 // –                          → 32, text (R503)
	GetFwVer       Instruction = 0x3A // –                          → 32, text (R503)
	ReadProdInfo   Instruction = 0x3C // –                          → 46: see ParseProduct (R503)
	SoftRst        Instruction = 0x3D // –                          → –, then the byte 55 (R503)
	HandShake      Instruction = 0x40 // –                          → – (R503)
	LEDOn          Instruction = 0x50 // –                          → – (optical modules)
	LEDOff         Instruction = 0x51 // –                          → – (optical modules)
	GetEcho        Instruction = 0x53 // –                          → the confirmation is 55
)

// instructions holds the name in the manual and how many bytes stand behind the confirmation "done".
var instructions = map[Instruction]struct {
	name   string
	answer int
}{
	GenImg: {"GenImg", 0}, Img2Tz: {"Img2Tz", 0}, Match: {"Match", 2}, Search: {"Search", 4},
	RegModel: {"RegModel", 0}, Store: {"Store", 0}, LoadChar: {"LoadChar", 0}, UpChar: {"UpChar", 0},
	DownChar: {"DownChar", 0}, UpImage: {"UpImage", 0}, DownImage: {"DownImage", 0}, DeletChar: {"DeletChar", 0},
	Empty: {"Empty", 0}, SetSysPara: {"SetSysPara", 0}, ReadSysPara: {"ReadSysPara", 16}, SetPwd: {"SetPwd", 0},
	VfyPwd: {"VfyPwd", 0}, GetRandom: {"GetRandom", 4}, SetAdder: {"SetAdder", 0}, HandShake17: {"HandShake", 0},
	HighSpeed: {"HighSpeedSearch", 4}, TempleteNum: {"TempleteNum", 2}, ReadIndexTable: {"ReadIndexTable", 32},
	AuraLedConfig: {"AuraLedConfig", 0}, CheckSensor: {"CheckSensor", 0}, GetAlgVer: {"GetAlgVer", 32},
	GetFwVer: {"GetFwVer", 32}, ReadProdInfo: {"ReadProdInfo", 46}, SoftRst: {"SoftRst", 0},
	HandShake: {"HandShake", 0}, LEDOn: {"LEDOn", 0}, LEDOff: {"LEDOff", 0}, GetEcho: {"GetEcho", 0},
}

// String returns the name of the manual.
func (i Instruction) String() string {
	if known, ok := instructions[i]; ok {
		return known.name
	}
	return fmt.Sprintf("instruction %#02x", byte(i))
}

// Registers of SetSysPara.
const (
	BaudRegister     byte = 4 // value: baud rate / 9600, 1–12
	SecurityRegister byte = 5 // value: 1 (lenient) – 5 (strict)
	PacketRegister   byte = 6 // value: 0–3 for 32, 64, 128, 256 bytes of data a packet
)
