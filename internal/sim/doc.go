// Package sim is a fake Zenlayer: the two actions of the bare-metal API that
// zenstop calls, over instances whose states change with time, with faults on
// demand. It is a second, independent reading of the vendor's documents and
// shares no code with the client.
//
// A [Server] starts no goroutines and never sleeps. It works out every state
// from its clock when it is asked, so the clock may be a virtual one. It serves
// as an [net/http.Handler], and as a [net/http.RoundTripper] where no socket is
// wanted.
//
// "Vendor" in the comments is the Zenlayer Cloud API reference (bmc, versions
// 2026-02-01 and 2022-11-20) and the vendor's public SDKs. What no source says
// is marked as a choice of this simulator.
package sim
