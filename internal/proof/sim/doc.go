// Package sim is a simulated Zenlayer: it answers the three actions of the
// bare-metal API that zenstop calls, DescribeInstances, StopInstances and StartInstances, over
// instances whose statuses change with time, and it can be told to fail. It is a
// second, independent reading of the vendor's documents and shares no code with
// zenstop's client, so that one misunderstanding cannot hide in both.
//
// A [Server] starts no goroutines and never sleeps. It works out every status
// from its clock when it is asked, so the clock may be a virtual one. It serves
// as an [net/http.Handler], and as an [net/http.RoundTripper] where no socket is
// wanted.
//
// A comment that ends in "(vendor)" rests on the Zenlayer Cloud API reference
// (bmc, versions 2026-02-01 and 2022-11-20) or on the vendor's public SDKs. What
// no source says is marked as a choice of this simulator.
package sim
