//! Evaluates Prometheus' queries over the scrapes of one server, as far as the alert rules use the language.

use std::collections::BTreeMap;

use promql_parser::parser::token::{
    T_ADD, T_DIV, T_EQLC, T_GTE, T_GTR, T_LAND, T_MAX, T_MUL, T_SUM, TokenId,
};
use promql_parser::parser::{BinaryExpr, Call, Expr, LabelModifier, VectorSelector, parse};

use crate::metrics::Scrape;

type Labels = BTreeMap<String, String>;

/// One series with its value.
#[derive(Clone, Debug)]
struct Sample {
    labels: Labels,
    value: f64,
}

enum Value {
    Number(f64),
    Vector(Vec<Sample>),
}

impl Value {
    fn vector(self) -> Vec<Sample> {
        match self {
            Self::Vector(samples) => samples,
            Self::Number(number) => panic!("{number} is no vector"),
        }
    }

    fn number(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Vector(samples) => panic!("no number: {samples:?}"),
        }
    }
}

/// Scrapes of one server in their order. Every range of a query covers all of them, and every offset leads to the first.
#[derive(Default)]
pub(super) struct History(Vec<Vec<(String, Sample)>>);

impl History {
    pub(super) fn add(&mut self, scrape: &Scrape) {
        let samples = scrape.samples().map(|(series, value)| {
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let labels =
                labels.trim_end_matches('}').split("\",").filter_map(|label| label.split_once("=\""));
            let labels =
                labels.map(|(name, value)| (name.to_owned(), value.trim_end_matches('"').to_owned()));
            (name.to_owned(), Sample { labels: labels.collect(), value: value.parse().unwrap() })
        });
        self.0.push(samples.collect());
    }

    /// Adds that Prometheus could or could not read the server.
    pub(super) fn add_up(&mut self, is_up: bool) {
        let labels = Labels::from([("job".to_owned(), "relink".to_owned())]);
        self.0.push(vec![("up".to_owned(), Sample { labels, value: f64::from(u8::from(is_up)) })]);
    }

    /// True if an alert with this query would fire.
    pub(super) fn fires(&self, query: &str) -> bool {
        !self.evaluate(&parse(query).unwrap()).vector().is_empty()
    }

    fn evaluate(&self, query: &Expr) -> Value {
        match query {
            Expr::NumberLiteral(number) => Value::Number(number.val),
            Expr::Paren(inner) => self.evaluate(&inner.expr),
            Expr::VectorSelector(selector) => {
                let scrapes = &self.0;
                let scrape = if selector.offset.is_some() { scrapes.first() } else { scrapes.last() };
                Value::Vector(select(selector, scrape.unwrap()))
            }
            Expr::Aggregate(aggregate) => {
                let samples = self.evaluate(&aggregate.expr).vector();
                Value::Vector(aggregated(aggregate.op.id(), aggregate.modifier.as_ref(), samples))
            }
            Expr::Call(call) => self.call(call),
            Expr::Binary(binary) => self.binary(binary),
            other @ (Expr::Unary(_)
            | Expr::Subquery(_)
            | Expr::StringLiteral(_)
            | Expr::MatrixSelector(_)
            | Expr::Extension(_)) => panic!("the tests can't evaluate {other:?}"),
        }
    }

    fn call(&self, call: &Call) -> Value {
        let arguments = &call.args.args;
        match (call.func.name, arguments.as_slice()) {
            ("increase" | "rate", [range]) => {
                let Expr::MatrixSelector(range) = &**range else { panic!("no range: {range:?}") };
                Value::Vector(self.increase(&range.vs))
            }
            ("abs", [samples]) => {
                let samples = self.evaluate(samples).vector();
                Value::Vector(
                    samples
                        .into_iter()
                        .map(|sample| Sample { value: sample.value.abs(), ..sample })
                        .collect(),
                )
            }
            ("histogram_quantile", [quantile, buckets]) => {
                let quantile = self.evaluate(quantile).number();
                Value::Vector(histogram_quantile(quantile, self.evaluate(buckets).vector()))
            }
            (name, _) => panic!("the tests can't evaluate {name}"),
        }
    }

    /// Returns how much each series grew since the first scrape that has it; one that is new has not grown, as in
    /// Prometheus. Also stands for `rate`, because no alert compares a rate with a number.
    fn increase(&self, selector: &VectorSelector) -> Vec<Sample> {
        let (last, earlier) = self.0.split_last().unwrap();
        let grown = |sample: Sample| {
            let mut found = earlier.iter().map(|scrape| select(selector, scrape));
            let first =
                found.find_map(|samples| samples.into_iter().find(|first| first.labels == sample.labels));
            first.map(|first| Sample { value: sample.value - first.value, ..sample })
        };
        select(selector, last).into_iter().filter_map(grown).collect()
    }

    fn binary(&self, binary: &BinaryExpr) -> Value {
        let operator = binary.op.id();
        let is_comparison = binary.op.is_comparison_operator();
        let matching = binary.modifier.as_ref().and_then(|modifier| modifier.matching.as_ref());
        let apply = |left: Sample, right: f64| match operator {
            _ if is_comparison => compare(operator, left.value, right).then_some(left),
            T_LAND => Some(left),
            _ => Some(Sample { value: calculate(operator, left.value, right), ..left }),
        };
        let samples = match (self.evaluate(&binary.lhs), self.evaluate(&binary.rhs)) {
            (Value::Number(left), Value::Number(right)) => {
                return Value::Number(calculate(operator, left, right));
            }
            (Value::Vector(left), Value::Number(right)) => {
                left.into_iter().filter_map(|sample| apply(sample, right)).collect()
            }
            (Value::Number(left), Value::Vector(right)) => right
                .into_iter()
                .map(|sample| Sample { value: calculate(operator, left, sample.value), ..sample })
                .collect(),
            (Value::Vector(left), Value::Vector(right)) => {
                let partner = |sample: &Sample| {
                    let wanted = grouping(matching, &sample.labels, true);
                    right.iter().find(|other| grouping(matching, &other.labels, true) == wanted)
                };
                left.into_iter()
                    .filter_map(|sample| {
                        let right = partner(&sample)?.value;
                        apply(sample, right)
                    })
                    .collect()
            }
        };
        Value::Vector(samples)
    }
}

fn select(selector: &VectorSelector, scrape: &[(String, Sample)]) -> Vec<Sample> {
    let wanted = selector.name.as_deref().unwrap();
    let is_selected = |sample: &Sample| {
        let value = |name: &str| sample.labels.get(name).map_or("", String::as_str);
        selector.matchers.matchers.iter().all(|matcher| matcher.is_match(value(&matcher.name)))
    };
    let selected = scrape.iter().filter(|(name, sample)| name == wanted && is_selected(sample));
    selected.map(|(_, sample)| sample.clone()).collect()
}

/// Returns the labels that remain with `by` or `ignoring`. Without either, that is all or none of them.
fn grouping(modifier: Option<&LabelModifier>, labels: &Labels, all: bool) -> Labels {
    let remains = |name: &String| match modifier {
        Some(LabelModifier::Include(listed)) => listed.labels.contains(name),
        Some(LabelModifier::Exclude(listed)) => !listed.labels.contains(name),
        None => all,
    };
    labels
        .iter()
        .filter(|(name, _)| remains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn aggregated(operator: TokenId, modifier: Option<&LabelModifier>, samples: Vec<Sample>) -> Vec<Sample> {
    let mut groups: BTreeMap<Labels, f64> = BTreeMap::new();
    for Sample { labels, value } in samples {
        let group = groups.entry(grouping(modifier, &labels, false));
        let combine = |total: &mut f64| match operator {
            T_SUM => *total += value,
            T_MAX => *total = total.max(value),
            other => panic!("the tests can't evaluate aggregation {other}"),
        };
        group.and_modify(combine).or_insert(value);
    }
    groups.into_iter().map(|(labels, value)| Sample { labels, value }).collect()
}

fn compare(operator: TokenId, left: f64, right: f64) -> bool {
    match operator {
        T_EQLC => left.total_cmp(&right).is_eq(),
        T_GTE => left >= right,
        T_GTR => left > right,
        other => panic!("the tests can't evaluate comparison {other}"),
    }
}

fn calculate(operator: TokenId, left: f64, right: f64) -> f64 {
    match operator {
        T_ADD => left + right,
        T_DIV => left / right,
        T_MUL => left * right,
        other => panic!("the tests can't evaluate operator {other}"),
    }
}

/// Returns the quantile of each histogram, between the bounds of its bucket in proportion.
fn histogram_quantile(quantile: f64, buckets: Vec<Sample>) -> Vec<Sample> {
    let mut histograms: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    for Sample { mut labels, value } in buckets {
        let bound = labels.remove("le").unwrap().parse().unwrap();
        histograms.entry(labels).or_default().push((bound, value));
    }
    let quantile = |mut buckets: Vec<(f64, f64)>| {
        buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
        let rank = quantile * buckets.last().unwrap().1;
        let place = buckets.iter().position(|(_, count)| *count >= rank).unwrap();
        let (lower, below) = place.checked_sub(1).map_or((0.0, 0.0), |before| buckets[before]);
        let (upper, count) = buckets[place];
        if upper.is_infinite() { lower } else { lower + (upper - lower) * (rank - below) / (count - below) }
    };
    histograms.into_iter().map(|(labels, buckets)| Sample { labels, value: quantile(buckets) }).collect()
}

#[test]
fn queries_are_evaluated_as_prometheus_does() {
    let scrape = |lines: [&str; 4]| Scrape::new(lines.join("\n"));
    let mut history = History::default();
    history.add(&scrape([
        "a{b=\"1\"} 2",
        "a{b=\"2\"} 5",
        "h_bucket{le=\"5.0\"} 0",
        "h_bucket{le=\"+Inf\"} 0",
    ]));
    history.add(&scrape([
        "a{b=\"1\"} 4",
        "a{b=\"3\"} 9",
        "h_bucket{le=\"5.0\"} 9",
        "h_bucket{le=\"+Inf\"} 9",
    ]));
    for (query, fires) in [
        ("sum(increase(a[1h])) == 2", true),
        ("increase(a{b=\"3\"}[1h]) > 0", false),
        ("sum by (b) (a) > 8", true),
        ("max(a) > 1.2 * max(a offset 6h) + 3", false),
        ("max(a) > 1.2 * max(a offset 6h) + 2.9", true),
        ("a{b=\"3\"} >= ignoring(b) a{b=\"1\"}", true),
        ("a{b=\"3\"} >= a{b=\"1\"}", false),
        ("abs(a) > 8 and a > 9", false),
        ("a{b=~\"1|2\"} / 2 == 2", true),
        ("histogram_quantile(0.9, rate(h_bucket[5m])) > 4.4", true),
        ("histogram_quantile(0.9, rate(h_bucket[5m])) > 4.5", false),
    ] {
        assert_eq!(history.fires(query), fires, "{query}");
    }
}
