# The images that `make images` makes without an engine, for those who have one:
#   docker build --build-arg SERVICE=tickets --tag linli/tickets:dev .
# SERVICE=allinone is the whole platform in one process.
FROM golang:1.26.7 AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOWORK=off
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG SERVICE
RUN if [ "$SERVICE" = allinone ]; then package=./services/allinone; else package=./services/$SERVICE/cmd/$SERVICE; fi && \
    go build -trimpath -ldflags '-s -w' -o /linli "$package"

FROM scratch
COPY --from=build --chmod=0555 /linli /linli
USER 65532:65532
EXPOSE 8080 9000
ENTRYPOINT ["/linli"]
