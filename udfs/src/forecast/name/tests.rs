use super::Model;
use crate::forecast::tests::{months, run};

#[test]
fn model_names_are_read_and_misspelt_ones_recognised() {
    for model in Model::ALL {
        assert_eq!(Model::from_name(&model.name()), Some(model));
    }
    assert_eq!(Model::from_name(" Auto_ETS "), Some(Model::AutoEts));
    for name in ["arima:(0,1,1)(0,1,1)", "arima:(2,0,0)", "ets:MAdM", "ets:ANA"] {
        assert_eq!(Model::from_name(name).map(|model| model.name().into_owned()), Some(name.to_owned()));
    }
    assert_eq!(Model::from_name("ets:AAN"), Model::from_name("holt"));
    for wrong in ["arima", "arima:", "arima:(1,1)", "ets:", "ets:ZZZ", "ets:AMN", "ets:ANM", "ets:A", "ets:é"] {
        assert_eq!(Model::from_name(wrong), None, "{wrong}");
    }
    assert_eq!(Model::nearest("autoets"), Some(Model::AutoEts));
    assert_eq!(Model::nearest("tehta"), Some(Model::Theta));
    assert_eq!(Model::nearest("xyz"), None);
}

#[test]
fn named_forms_are_the_ones_fitted() {
    for (name, spec) in
        [("ses", "ETS(A,N,N)"), ("holt", "ETS(A,A,N)"), ("damped", "ETS(A,Ad,N)"), ("ets:MAM", "ETS(M,A,M)")]
    {
        assert_eq!(run(&months(), 12, 3, Model::from_name(name).unwrap()).spec, spec);
    }
    let negative: Vec<f64> = months().iter().map(|value| value - 130.0).collect();
    assert!(!run(&negative, 12, 3, Model::from_name("ets:MAM").unwrap()).spec.contains('M'));
    assert!(run(&months(), 12, 3, Model::Stlf).spec.starts_with("STL + ETS("));
    assert_eq!(
        run(&months(), 12, 3, Model::from_name("arima:(0,1,1)(0,1,1)").unwrap()).spec,
        "ARIMA(0,1,1)(0,1,1)[12]"
    );
}
