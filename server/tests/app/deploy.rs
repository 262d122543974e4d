//! `deploy/kubernetes.yaml` and `deploy/relink.service`: their settings are the program's and start a server, their ports are
//! those that it listens on, and their probes ask routes that it has.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use axum::body::Body;
use axum::http::Request;
use clap::{CommandFactory, Parser};
use relink_server::{Options, decide, management_router, router};
use serde_json::Value;
use tower::ServiceExt;

use crate::support::{PEER, TestApp};

const KUBERNETES: &str = include_str!("../../../deploy/kubernetes.yaml");
pub(crate) const UNIT: &str = include_str!("../../../deploy/relink.service");
pub(crate) const TOKEN_KEY: &str = include_str!("../keys/eddsa.public.pem");
/// Folder in which the containers find their secrets.
const MOUNTED: &str = "/run/secrets/relink";

/// Returns the objects by their kind, of which there is one each.
fn objects() -> BTreeMap<String, Value> {
    let objects: Vec<Value> = serde_saphyr::from_multiple(KUBERNETES).unwrap();
    let by_kind: BTreeMap<String, Value> =
        objects.iter().map(|object| (object["kind"].as_str().unwrap().to_owned(), object.clone())).collect();
    assert_eq!(by_kind.len(), objects.len());
    by_kind
}

fn pod(objects: &BTreeMap<String, Value>) -> &Value {
    &objects["Deployment"]["spec"]["template"]
}

fn container(objects: &BTreeMap<String, Value>) -> &Value {
    &pod(objects)["spec"]["containers"][0]
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value}"))
}

/// Returns the settings of the container, with the names of secret files.
fn settings(objects: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}: quote it")).to_owned();
    let mut settings: BTreeMap<String, String> = objects["ConfigMap"]["data"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    for variable in list(&container(objects)["env"]) {
        let key = &variable["valueFrom"]["secretKeyRef"]["key"];
        let value = text(&objects["Secret"]["stringData"][key.as_str().unwrap()]);
        assert!(settings.insert(text(&variable["name"]), value).is_none());
    }
    settings
}

/// Returns the settings of the unit.
fn unit_settings() -> BTreeMap<String, String> {
    settings_of(UNIT)
}

/// Returns the settings of a unit of systemd.
pub(crate) fn settings_of(unit: &str) -> BTreeMap<String, String> {
    let assigned = unit.lines().filter_map(|line| line.strip_prefix("Environment=")?.split_once('='));
    assigned.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns the program's options with these settings. Fails for a setting that it does not have.
pub(crate) fn options(settings: &BTreeMap<String, String>) -> Options {
    let command = Options::command();
    let mut arguments = vec!["relink-server".to_owned()];
    for (name, value) in settings {
        let option =
            command.get_arguments().find(|option| option.get_env().is_some_and(|env| env == name.as_str()));
        let option = option.unwrap_or_else(|| panic!("the program has no setting {name}"));
        let flag = option.get_long().unwrap();
        if option.get_action().takes_values() {
            arguments.push(format!("--{flag}={value}"));
        } else {
            assert_eq!(value, "true", "{name}");
            arguments.push(format!("--{flag}"));
        }
    }
    Options::try_parse_from(arguments).unwrap()
}

/// Writes the secrets into a folder, and lets the settings name them there.
pub(crate) fn with_secrets(
    settings: &mut BTreeMap<String, String>,
    mounted: &str,
    secrets: &[(&str, &str)],
    folder: &Path,
) {
    for (name, content) in secrets {
        std::fs::write(folder.join(name), content).unwrap();
    }
    for value in settings.values_mut() {
        *value = value.replace(mounted, folder.to_str().unwrap());
    }
}

#[test]
fn the_settings_on_kubernetes_are_those_of_the_program_and_start_it() {
    let objects = objects();
    let mut settings = settings(&objects);
    let secret = objects["Secret"]["stringData"].as_object().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keys: Vec<(&str, &str)> = secret
        .iter()
        .map(|(name, value)| match name.as_str() {
            "token.pub" => ("token.pub", TOKEN_KEY),
            "api-key" => ("api-key", "0123456789abcdef0123456789abcdef"),
            name => (name, value.as_str().unwrap()),
        })
        .collect();
    with_secrets(&mut settings, MOUNTED, &keys, folder.path());
    let mut options = options(&settings);
    options.read_secret_files().unwrap();
    decide(options).unwrap();
}

#[test]
fn every_secret_file_is_mounted() {
    let objects = objects();
    let pod = &pod(&objects)["spec"];
    let mount = &container(&objects)["volumeMounts"][0];
    assert_eq!((&mount["mountPath"], &mount["readOnly"]), (&Value::from(MOUNTED), &Value::from(true)));
    assert_eq!(mount["name"], pod["volumes"][0]["name"]);
    let volume = &pod["volumes"][0]["secret"];
    assert_eq!(volume["secretName"], objects["Secret"]["metadata"]["name"]);
    let mut mounted = Vec::new();
    for item in list(&volume["items"]) {
        assert!(objects["Secret"]["stringData"].get(item["key"].as_str().unwrap()).is_some(), "{item}");
        mounted.push(format!("{MOUNTED}/{}", item["path"].as_str().unwrap()));
    }
    let mut named: Vec<String> = settings(&objects)
        .into_iter()
        .filter(|(name, _)| name.ends_with("_FILE"))
        .map(|(_, file)| file)
        .collect();
    mounted.sort();
    named.sort();
    assert_eq!(mounted, named);
}

#[test]
fn ports_are_those_that_the_server_listens_on() {
    let objects = objects();
    let settings = settings(&objects);
    let port = |address: &str| address.rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let default = Options::parse_from(["relink-server"]).listen.port();
    assert_eq!(port(&settings["RELINK_LISTEN"]), default, "as everywhere in the documentation");
    let ports: BTreeMap<&str, u64> = list(&container(&objects)["ports"])
        .iter()
        .map(|port| (port["name"].as_str().unwrap(), port["containerPort"].as_u64().unwrap()))
        .collect();
    let management = port(&settings["RELINK_MANAGEMENT_LISTEN"]);
    assert_eq!(ports, [("http", u64::from(default)), ("management", u64::from(management))].into());
    let annotations = &pod(&objects)["metadata"]["annotations"];
    assert_eq!(annotations["prometheus.io/port"], management.to_string());
    assert_eq!(objects["Service"]["spec"]["ports"][0]["targetPort"], "http");
    let policy = &objects["NetworkPolicy"]["spec"];
    for rule in list(&policy["ingress"]) {
        let name = rule["ports"][0]["port"].as_str().unwrap();
        assert!(ports.contains_key(name), "{name}");
    }
    let unit = unit_settings();
    let of_unit = (port(&unit["RELINK_LISTEN"]), port(&unit["RELINK_MANAGEMENT_LISTEN"]));
    assert_eq!(of_unit, (default, management));
}

#[tokio::test]
async fn probes_and_scrapes_ask_routes_of_their_port() {
    let app = TestApp::start().await;
    let objects = objects();
    let annotations = &pod(&objects)["metadata"]["annotations"];
    let mut asked = vec![("management", annotations["prometheus.io/path"].as_str().unwrap())];
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let get = &container(&objects)[probe]["httpGet"];
        asked.push((get["port"].as_str().unwrap(), get["path"].as_str().unwrap()));
    }
    for (port, path) in asked {
        let router =
            if port == "http" { router(app.app.clone()) } else { management_router(app.app.clone()) };
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(axum::extract::ConnectInfo(PEER));
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
}

/// Returns the number of a setting in seconds, or what applies without it.
fn seconds(settings: &BTreeMap<String, String>, name: &str, otherwise: u64) -> u64 {
    settings.get(name).map_or(otherwise, |value| value.parse().unwrap())
}

#[test]
fn a_server_is_killed_later_than_its_shutdown_takes() {
    let takes = |settings: &BTreeMap<String, String>| {
        seconds(settings, "RELINK_SHUTDOWN_DELAY", 5) + seconds(settings, "RELINK_DRAIN_TIMEOUT", 20)
    };
    let objects = objects();
    let pause = container(&objects)["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
    let grace = pod(&objects)["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
    assert!(grace > pause + takes(&settings(&objects)), "{grace}");
    let stop = UNIT.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).unwrap();
    assert!(stop.parse::<u64>().unwrap() > takes(&unit_settings()), "{stop}");
}

#[test]
fn every_object_is_about_the_same_pods_and_at_least_one_server_stays() {
    let objects = objects();
    let labels = &pod(&objects)["metadata"]["labels"];
    let spec = |kind: &str| &objects[kind]["spec"];
    for selector in [
        &spec("Deployment")["selector"]["matchLabels"],
        &spec("Service")["selector"],
        &spec("PodDisruptionBudget")["selector"]["matchLabels"],
        &spec("NetworkPolicy")["podSelector"]["matchLabels"],
    ] {
        assert_eq!(selector, labels);
    }
    let namespace = &objects["Namespace"]["metadata"]["name"];
    for (kind, object) in &objects {
        assert!(kind == "Namespace" || object["metadata"]["namespace"] == *namespace, "{kind}");
    }
    let scaled = &spec("HorizontalPodAutoscaler")["scaleTargetRef"];
    assert_eq!(
        (&scaled["kind"], &scaled["name"]),
        (&Value::from("Deployment"), &objects["Deployment"]["metadata"]["name"])
    );
    let fewest = spec("HorizontalPodAutoscaler")["minReplicas"].as_u64().unwrap();
    assert!(
        fewest > spec("PodDisruptionBudget")["minAvailable"].as_u64().unwrap(),
        "nodes could never be drained"
    );
    assert_eq!(container(&objects)["securityContext"]["readOnlyRootFilesystem"], true);
}

#[test]
fn the_units_settings_are_those_of_the_program_and_start_it() {
    let mut settings = unit_settings();
    let loaded: Vec<&str> = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("LoadCredential=")?.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    let named: Vec<&str> = settings.values().filter_map(|value| value.strip_prefix("%d/")).collect();
    assert_eq!(named.len(), loaded.len());
    assert!(named.iter().all(|name| loaded.contains(name)), "{named:?} {loaded:?}");
    // These are in relink.env.
    for (name, value) in [
        ("RELINK_MERCHANT_NAME", "Northwind"),
        ("RELINK_TOKEN_ALGORITHM", "EdDSA"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
    ] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    let folder = tempfile::tempdir().unwrap();
    let secrets = [("stripe-key", "rk_test_1"), ("stripe-webhook", "whsec_1"), ("token-key", TOKEN_KEY)];
    with_secrets(&mut settings, "%d", &secrets, folder.path());
    let mut options = options(&settings);
    options.read_secret_files().unwrap();
    decide(options).unwrap();
}

/// Runs only where systemd is installed.
#[test]
fn systemd_finds_no_fault_in_the_unit() {
    let Ok(version) = Command::new("systemd-analyze").arg("--version").output() else { return };
    assert!(version.status.success());
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("relink.service");
    // It looks for the program, too.
    std::fs::write(&unit, UNIT.replace("/usr/local/bin/relink-server", "/bin/true")).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    let about_us: Vec<&str> = said.lines().filter(|line| line.contains("relink.service")).collect();
    assert!(verified.status.success() && about_us.is_empty(), "{said}");
}
