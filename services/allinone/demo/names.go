package demo

import (
	"math/rand/v2"
	"strings"
)

// Family names by how common they are, and characters of given names.
var (
	surnames = strings.Fields("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 邓 韩 冯 曹 彭 曾 肖 田 董 袁 潘 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 姚 卢 姜 崔 钟 谭 陆 汪 范 金 石 廖 贾 夏 韦 方 白 邹 孟 熊 秦 邱 江 尹 薛 闫 段 雷 侯 龙 史 陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 武 戴 莫 孔 向 欧阳 上官 司马")
	given    = []rune("伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建国华玉梅红志云飞雪晨宇轩梓涵欣怡佳慧思远博文昊天子墨雨桐浩然嘉琪瑞安宁清和")
)

func fullName(r *rand.Rand) string {
	// The commoner ones come first, so the smaller of two draws is more like a street than one draw.
	return surnames[min(r.IntN(len(surnames)), r.IntN(len(surnames)))] + givenName(r)
}

func givenName(r *rand.Rand) string {
	name := string(given[r.IntN(len(given))])
	if r.IntN(4) != 0 {
		name += string(given[r.IntN(len(given))])
	}
	return name
}

// surname of a full name that fullName made.
func surname(name string) string {
	for _, double := range []string{"欧阳", "上官", "司马"} {
		if strings.HasPrefix(name, double) {
			return double
		}
	}
	return string([]rune(name)[:1])
}
