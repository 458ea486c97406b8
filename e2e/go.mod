module github.com/linlihub/linli/e2e

go 1.26.7

require github.com/linlihub/linli v0.0.0

replace github.com/linlihub/linli => ../
