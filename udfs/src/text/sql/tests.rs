use arrow::array::{
    BinaryArray, DictionaryArray, Float64Array, LargeStringArray, ListArray, StringViewArray, new_null_array,
};
use arrow::datatypes::{Float64Type, Int8Type, Int64Type};
use datafusion_common::config::ConfigOptions;
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDFImpl, ReturnFieldArgs, ScalarUDFImpl};

use super::*;

/// As a query would: types are coerced, the type of the answer is what was promised.
fn call(function: &dyn ScalarUDFImpl, arguments: &[ColumnarValue]) -> Result<ColumnarValue> {
    let given: Vec<DataType> = arguments.iter().map(ColumnarValue::data_type).collect();
    let wanted = match function.coerce_types(&given) {
        Ok(wanted) => wanted,
        Err(_) if given.iter().all(is_text) => given,
        Err(error) => return Err(error),
    };
    let args: Vec<ColumnarValue> =
        arguments.iter().zip(&wanted).map(|(a, to)| a.cast_to(to, None)).collect::<Result<_>>()?;
    let rows = args.iter().filter_map(|a| if let ColumnarValue::Array(a) = a { Some(a.len()) } else { None }).max();
    let arg_fields: Vec<FieldRef> = wanted.iter().map(|to| Arc::new(Field::new("a", to.clone(), true))).collect();
    let scalars: Vec<Option<&ScalarValue>> =
        args.iter().map(|a| if let ColumnarValue::Scalar(value) = a { Some(value) } else { None }).collect();
    let return_field =
        function.return_field_from_args(ReturnFieldArgs { arg_fields: &arg_fields, scalar_arguments: &scalars })?;
    let answer = function.invoke_with_args(ScalarFunctionArgs {
        args: args.clone(),
        arg_fields,
        number_rows: rows.unwrap_or(1),
        return_field: return_field.clone(),
        config_options: Arc::new(ConfigOptions::default()),
    })?;
    assert_eq!(&answer.data_type(), return_field.data_type());
    Ok(answer)
}

fn column(function: &dyn ScalarUDFImpl, arguments: &[ColumnarValue]) -> ArrayRef {
    call(function, arguments).unwrap().to_array(1).unwrap()
}

fn texts(values: &[Option<&str>]) -> ColumnarValue {
    ColumnarValue::Array(Arc::new(StringArray::from(values.to_vec())))
}

fn constant(value: impl Into<ScalarValue>) -> ColumnarValue {
    ColumnarValue::Scalar(value.into())
}

/// Lists of words that are separated by blanks.
fn lists(values: &[Option<&str>]) -> ColumnarValue {
    let mut builder = arrow::array::ListBuilder::new(arrow::array::StringBuilder::new());
    for value in values {
        value.iter().flat_map(|words| words.split_whitespace()).for_each(|word| builder.values().append_value(word));
        builder.append(value.is_some());
    }
    ColumnarValue::Array(Arc::new(builder.finish()))
}

fn words(answer: &ArrayRef, row: usize) -> Option<Vec<String>> {
    let lists = answer.as_list::<i32>();
    lists.is_valid(row).then(|| lists.value(row).as_string::<i32>().iter().flatten().map(str::to_owned).collect())
}

#[test]
fn texts_after_texts() {
    let column_of = |f| column(&f, &[texts(&[Some("臺灣（Ａ）"), None, Some("")])]);
    assert_eq!(
        column_of(Writing::normalize()).as_string::<i32>().iter().collect::<Vec<_>>(),
        [Some("台湾(a)"), None, Some("")]
    );
    assert_eq!(column_of(Writing::simplify()).as_string::<i32>().value(0), "台湾（Ａ）");
    assert_eq!(column_of(Writing::pinyin()).as_string::<i32>().value(0), "tai wan a");
    for text in [ScalarValue::LargeUtf8(Some("乾".into())), ScalarValue::Utf8View(Some("乾".into()))] {
        let answer = call(&Writing::simplify(), &[ColumnarValue::Scalar(text)]).unwrap();
        assert!(matches!(answer, ColumnarValue::Scalar(ScalarValue::Utf8(Some(text))) if text == "干"));
    }
    let dictionary: DictionaryArray<Int8Type> = ["張", "張"].into_iter().collect();
    let others: [ArrayRef; 3] = [
        Arc::new(dictionary),
        Arc::new(StringViewArray::from(vec!["張", "張"])),
        Arc::new(LargeStringArray::from(vec!["張", "張"])),
    ];
    for other in others {
        let answer = column(&Writing::simplify(), &[ColumnarValue::Array(other)]);
        assert_eq!(answer.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("张"), Some("张")]);
    }
}

#[test]
fn texts_as_lists() {
    let found = column(&Pieces::ngrams(), &[texts(&[Some("生产线"), None, Some(""), Some("a")]), constant(2_i64)]);
    let rows: Vec<Option<Vec<String>>> = (0..4).map(|row| words(&found, row)).collect();
    let list = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    assert_eq!(rows, [list(&["生产", "产线"]), None, list(&[]), list(&["a"])]);
    let found = column(&Tokens::new(), &[texts(&[Some("锂电池, 生产"), None])]);
    assert_eq!((words(&found, 0), words(&found, 1)), (list(&["锂电池", "生产"]), None));
    let own = lists(&[Some("芯微 储能电站"), None, Some("储能")]);
    let found = column(&Tokens::new(), &[texts(&[Some("芯微储能电站"); 3]), own]);
    let rows: Vec<Option<Vec<String>>> = (0..3).map(|row| words(&found, row)).collect();
    assert_eq!(rows, [list(&["芯微", "储能电站"]), None, list(&["芯微", "储能", "电站"])]);
    let null = column(&Pieces::ngrams(), &[texts(&[Some("a")]), constant(ScalarValue::Int64(None))]);
    assert_eq!(words(&null, 0), None);
    for n in [0_i64, -1, 17] {
        assert!(call(&Pieces::ngrams(), &[texts(&[Some("a")]), constant(n)]).is_err());
    }
    assert!(call(&Pieces::ngrams(), &[constant(1_i64), constant(2_i64)]).is_err());
}

#[test]
fn signatures_of_lists() {
    let sets = lists(&[Some("a b c"), Some("c b a a"), None, Some(""), Some("a b d")]);
    let signed = column(&Sketch::minhash(), &[sets.clone(), constant(128_i64)]);
    assert_eq!(signed.data_type(), &DataType::FixedSizeBinary(512));
    let signed_at = |row: usize| signed.as_fixed_size_binary().value(row).to_vec();
    assert!(signed_at(0) == signed_at(1) && signed_at(0) != signed_at(4));
    assert!(signed.is_null(2) && signed.is_null(3), "no words have no signature");

    let first = ColumnarValue::Scalar(ScalarValue::try_from_array(&signed, 0).unwrap());
    let alike = column(&Sketch::similarity(), &[first.clone(), ColumnarValue::Array(signed.clone())]);
    let alike = alike.as_primitive::<Float64Type>();
    assert!(alike.value(0) == 1.0 && alike.is_null(2) && (alike.value(4) - 0.5).abs() < 0.2);
    // As a table keeps them.
    let plain: ArrayRef = Arc::new(BinaryArray::from(vec![signed_at(0).as_slice()]));
    assert_eq!(
        column(&Sketch::similarity(), &[first, ColumnarValue::Array(plain)]).as_primitive::<Float64Type>().value(0),
        1.0
    );

    let cut = column(&Sketch::bands(), &[ColumnarValue::Array(signed.clone()), constant(32_i64)]);
    let cut = cut.as_list::<i32>();
    assert!(cut.value(0).as_primitive::<Int64Type>().len() == 32 && cut.value(0) == cut.value(1) && cut.is_null(2));
    for wrong in [33_i64, 0, -1, 256] {
        assert!(call(&Sketch::bands(), &[ColumnarValue::Array(signed.clone()), constant(wrong)]).is_err());
    }
    let shorter = column(&Sketch::minhash(), &[sets.clone(), constant(64_i64)]);
    assert!(
        call(&Sketch::similarity(), &[ColumnarValue::Array(signed.clone()), ColumnarValue::Array(shorter)]).is_err()
    );

    for wrong in [0_i64, -1, 4097] {
        assert!(call(&Sketch::minhash(), &[sets.clone(), constant(wrong)]).is_err());
    }
    let each: ColumnarValue = ColumnarValue::Array(Arc::new(arrow::array::Int64Array::from(vec![8; 5])));
    assert!(call(&Sketch::minhash(), &[sets.clone(), each.clone()]).is_err(), "its length is part of its type");
    let seeded = column(&Sketch::minhash(), &[sets.clone(), constant(128_i64), each]);
    assert_ne!(seeded.as_fixed_size_binary().value(0), signed_at(0));
    let votes = column(&Sketch::simhash(), &[sets]);
    assert!(votes.is_null(2) && votes.is_null(3) && votes.is_valid(0));
}

#[test]
fn lists_of_every_kind_are_read() {
    let plain = lists(&[Some("a b"), None]);
    let expected = column(&Sketch::simhash(), std::slice::from_ref(&plain));
    let ColumnarValue::Array(plain) = plain else { return };
    let item = |of| Arc::new(Field::new_list_field(of, true));
    for other in [
        DataType::LargeList(item(DataType::Utf8)),
        DataType::List(item(DataType::Utf8View)),
        DataType::List(item(DataType::LargeUtf8)),
    ] {
        let lists = arrow::compute::cast(&plain, &other).unwrap();
        assert_eq!(&column(&Sketch::simhash(), &[ColumnarValue::Array(lists)]), &expected);
    }
    let sliced = column(&Sketch::simhash(), &[ColumnarValue::Array(plain.slice(1, 1))]);
    assert!(sliced.len() == 1 && sliced.is_null(0));
    let none = column(&Sketch::simhash(), &[ColumnarValue::Array(new_null_array(&DataType::Null, 2))]);
    assert_eq!(none.null_count(), 2);
}

fn accumulator() -> Box<dyn Accumulator> {
    let function = IdfBuild::default();
    let field: FieldRef = Arc::new(Field::new("words", text_list(), true));
    let schema = arrow::datatypes::Schema::new(vec![field.clone()]);
    function
        .accumulator(AccumulatorArgs {
            return_field: Arc::new(Field::new("idf", DataType::BinaryView, true)),
            schema: &schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: "idf_build",
            is_distinct: false,
            exprs: &[],
            expr_fields: &[field],
        })
        .unwrap()
}

fn built(values: &[Option<&str>]) -> ScalarValue {
    let mut one = accumulator();
    let ColumnarValue::Array(lists) = lists(values) else { unreachable!() };
    one.update_batch(&[lists]).unwrap();
    one.evaluate().unwrap()
}

#[test]
fn counts_merge_to_the_same_bytes() {
    let values = [Some("锂 电池"), None, Some("光伏 锂 锂"), Some("")];
    let whole = built(&values);
    let mut merged = accumulator();
    for part in [&values[2..], &values[..2]] {
        let mut one = accumulator();
        let ColumnarValue::Array(lists) = lists(part) else { unreachable!() };
        one.update_batch(&[lists]).unwrap();
        let state = one.state().unwrap().iter().map(|value| value.to_array().unwrap()).collect::<Vec<_>>();
        merged.merge_batch(&state).unwrap();
    }
    assert_eq!(merged.evaluate().unwrap(), whole);
    assert!(merged.size() > 0);
    let fields = IdfBuild::default().state_fields(StateFieldsArgs {
        name: "idf",
        input_fields: &[],
        return_field: Arc::new(Field::new("idf", DataType::BinaryView, true)),
        ordering_fields: &[],
        is_distinct: false,
    });
    assert_eq!(fields.unwrap().len(), 1);
    assert!(merged.merge_batch(&[Arc::new(BinaryArray::from(vec![b"no".as_slice()]))]).is_err());
}

#[test]
fn weights_and_scores() {
    let idf = ColumnarValue::Scalar(built(&[Some("锂 电池"), Some("锂 光伏"), Some("锂 风")]));
    let weight = column(&Score::idf(), &[texts(&[Some("锂"), Some("风"), None]), idf.clone()]);
    let weight = weight.as_primitive::<Float64Type>();
    assert!((weight.value(0) - 1.0).abs() < 1e-15 && (weight.value(1) - (2.0_f64.ln() + 1.0)).abs() < 1e-15);
    assert!(weight.is_null(2));

    let (a, b) = (
        lists(&[Some("锂 电池"), Some("锂"), None, Some("")]),
        lists(&[Some("电池 锂"), Some("风"), Some("锂"), Some("")]),
    );
    let cosine = column(&Score::cosine(), &[a.clone(), b.clone(), idf.clone()]);
    let cosine: Vec<Option<f64>> = cosine.as_primitive::<Float64Type>().iter().collect();
    assert!(cosine[0].is_some_and(|c| (c - 1.0).abs() < 1e-12) && cosine[1..] == [Some(0.0), None, Some(0.0)]);
    let score = column(&Score::bm25(), &[a.clone(), b, idf.clone()]);
    assert!(score.as_primitive::<Float64Type>().value(0) > 0.0);

    let rare = column(&Score::rare(), &[lists(&[Some("锂 风 锂 电池"), None]), constant(2_i64), idf.clone()]);
    assert_eq!(words(&rare, 0).unwrap(), ["电池", "风"]);
    assert_eq!(words(&rare, 1), None);

    // Beside each row, with a null among them.
    let each = ScalarValue::iter_to_array([built(&[Some("锂")]), ScalarValue::BinaryView(None)]).unwrap();
    let two = column(&Score::idf(), &[texts(&[Some("锂"), Some("锂")]), ColumnarValue::Array(each)]);
    assert_eq!(two.as_primitive::<Float64Type>(), &Float64Array::from(vec![Some(1.0), None]));
    let junk = constant(ScalarValue::Binary(Some(vec![1, 2, 3])));
    assert!(call(&Score::idf(), &[texts(&[Some("锂")]), junk]).is_err());
    assert!(call(&Score::cosine(), &[a, texts(&[Some("x")]), idf]).is_err());
}

#[test]
fn constants_stay_constants() {
    let list: ListArray = lists(&[Some("a b")]).to_array(1).unwrap().as_list::<i32>().clone();
    let list = ColumnarValue::Scalar(ScalarValue::List(Arc::new(list)));
    for answer in [
        call(&Sketch::minhash(), &[list.clone(), constant(8_i64)]),
        call(&Sketch::simhash(), std::slice::from_ref(&list)),
        call(&Score::cosine(), &[list.clone(), list, ColumnarValue::Scalar(built(&[Some("a")]))]),
        call(&Pieces::ngrams(), &[constant("ab"), constant(1_i64)]),
    ] {
        assert!(matches!(answer, Ok(ColumnarValue::Scalar(value)) if !value.is_null()));
    }
}
