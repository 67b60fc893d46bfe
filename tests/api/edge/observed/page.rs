//! The page of metrics, read as Prometheus reads it: families with their kind and help, samples with their labels.

use std::collections::{BTreeMap, BTreeSet};

/// A page as it was at one moment.
pub struct Page {
    helped: BTreeSet<String>,
    typed: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Page {
    pub async fn read(port: u16) -> Self {
        let url = format!("http://127.0.0.1:{port}/metrics");
        let answer = reqwest::get(url).await.expect("the page of metrics");
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().expect("ASCII").to_owned();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        Self::parse(&answer.text().await.expect("a text"))
    }

    fn parse(text: &str) -> Self {
        let mut page = Self { helped: BTreeSet::new(), typed: BTreeMap::new(), samples: Vec::new() };
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                page.helped.insert(help.split(' ').next().expect("a name").to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a kind");
                page.typed.insert(name.to_owned(), kind.to_owned());
            } else {
                page.samples.push(Sample::parse(line));
            }
        }
        page
    }

    /// The kind of a family that has samples and a help; empty otherwise.
    pub fn kind(&self, family: &str) -> &str {
        let is_there = self.samples.iter().any(|sample| self.family(sample) == family);
        let kind = self.typed.get(family).filter(|_| is_there && self.helped.contains(family));
        kind.map_or("", String::as_str)
    }

    /// Families of which a sample has no help or no kind.
    pub fn unexplained(&self) -> BTreeSet<&str> {
        let families = self.samples.iter().map(|sample| self.family(sample));
        families.filter(|family| !self.helped.contains(*family) || !self.typed.contains_key(*family)).collect()
    }

    /// The value of the only sample with exactly these labels; 0 when there is none.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels: BTreeMap<String, String> =
            labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
        let found: Vec<f64> = self
            .samples
            .iter()
            .filter(|sample| sample.name == name && sample.labels == labels)
            .map(|s| s.value)
            .collect();
        assert!(found.len() <= 1, "{name} {labels:?} is there {} times", found.len());
        found.first().copied().unwrap_or_default()
    }

    /// All values of a label, whatever has it.
    pub fn values(&self, label: &str) -> BTreeSet<&str> {
        self.samples.iter().filter_map(|sample| sample.labels.get(label)).map(String::as_str).collect()
    }

    fn family<'a>(&self, sample: &'a Sample) -> &'a str {
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|part| sample.name.strip_suffix(part));
        of_histogram.filter(|name| self.typed.contains_key(*name)).unwrap_or(&sample.name)
    }
}

impl Sample {
    /// `name{label="value",…} 1`: no label of ours has a quote, a comma or a brace in its value.
    fn parse(line: &str) -> Self {
        let (what, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = what.strip_suffix('}').map_or((what, ""), |what| what.split_once('{').expect("labels"));
        let pair = |label: &str| {
            let (label, value) = label.split_once('=').expect("a label");
            (label.to_owned(), value.trim_matches('"').to_owned())
        };
        let labels = labels.split(',').filter(|label| !label.is_empty()).map(pair).collect();
        Self { name: name.to_owned(), labels, value: value.parse().expect("a number") }
    }
}
