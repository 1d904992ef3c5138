//! How long texts take: `cargo run --release -p huitong-udfs --example texts`. Prints seconds on one core for 100 000 titles of 20 to 60
//! characters: one writing, bigrams and signatures of 128 permutations, words, Pinyin, names and addresses taken apart, and
//! what of a filing is compared.

use std::hint::black_box;
use std::time::Instant;

use huitong_udfs::identity::{address, organisation, person};
use huitong_udfs::project::features::{Features, Filing};
use huitong_udfs::text::minhash::Signer;
use huitong_udfs::text::ngrams::ngrams;
use huitong_udfs::text::normalize::normalize;
use huitong_udfs::text::pinyin::pinyin;
use huitong_udfs::text::tokens::tokens;

const TITLES: usize = 100_000;
const CHARACTERS: &str = "年产万吨锂电池正极材料生产线建设项目一二三期智能装备研发基地新能源汽车零部件";

fn main() {
    let characters: Vec<char> = CHARACTERS.chars().collect();
    let mut state = 1_u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let made: Vec<String> = (0..TITLES)
        .map(|_| {
            let length = 20 + below(41);
            (0..length).map(|_| characters[below(characters.len())]).collect()
        })
        .collect();
    let titles: Vec<&str> = made.iter().map(String::as_str).collect();
    black_box(tokens("词典").count());

    time("zh_normalize", &titles, |title| normalize(title).len());
    let mut signer = Signer::new(128, 0);
    time("bigrams and minhash", &titles, |title| signer.sign(ngrams(title, 2)).map_or(0, Iterator::count));
    time("zh_tokens", &titles, |title| tokens(title).count());
    let mut out = String::new();
    time("zh_pinyin", &titles, |title| {
        out.clear();
        pinyin(title, &mut out);
        out.len()
    });
    let names = ["欧阳娜娜", "王伟", "陳昇", "阿迪力·买买提"].repeat(TITLES / 4);
    time("person_name_key", &names, |name| person::read(name).pinyin.map_or(0, |pinyin| pinyin.len()));
    let addresses = ["浙江省杭州市余杭区五常街道文一西路969号锦绣花园3幢2单元501室"].repeat(TITLES);
    time("address_parse", &addresses, |text| address::parse(text).room.map_or(0, |room| room.len()));
    let firms = ["浙江省杭州市余杭区阿里网络科技有限公司"].repeat(TITLES);
    time("org_name_parse", &firms, |name| organisation::parse(name).stem.map_or(0, |stem| stem.len()));
    let summary = "本项目位于滨海新区高新技术产业园，用地约61300平方米，总投资1.25亿元，其中设备投资5400万元；建设厂房、仓库及辅助设施，\
                   购置注塑机、灭菌柜等设备86台（套），项目建成后年产一次性注射器300万支，劳动定员80人。";
    time("project_features", &titles, |title| {
        let filing = Filing {
            title: Some(title),
            summary: Some(summary),
            applicant: Some(firms[0]),
            park: Some("滨海园"),
            ..Filing::default()
        };
        Features::of(&filing).keys.len()
    });
}

fn time(what: &str, texts: &[&str], mut run: impl FnMut(&str) -> usize) {
    let begin = Instant::now();
    let sum: usize = texts.iter().map(|text| run(text)).sum();
    println!("{what}: {:.3} s ({})", begin.elapsed().as_secs_f64(), black_box(sum));
}
