#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| huitong_engine::fuzzing::script(data));
