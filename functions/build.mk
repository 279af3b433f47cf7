# How `sam build` builds the functions. SAM's own way for Go, BuildMethod go1.x, takes
# CGO_ENABLED and GOFLAGS from the environment, so a bare `sam build` could link
# against this machine's C library, which may be newer than that of Lambda. SAM tells a
# Makefile the function's name (the target) and ARTIFACTS_DIR, but not the processor:
# the template's ContextPath picks the folder arm64 or x86_64, which sets GOARCH and
# ROOT, the folder of the checkout.

.PHONY: build-StopFunction build-StatusFunction
build-StopFunction: COMMAND := stop
build-StatusFunction: COMMAND := status
build-StopFunction build-StatusFunction:
	cd "$(ROOT)" && CGO_ENABLED=0 GOOS=linux GOARCH=$(GOARCH) \
		go build -trimpath -tags lambda.norpc -ldflags '-s -w' -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(COMMAND)
