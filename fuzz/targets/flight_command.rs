#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| huitong_gateway::fuzzing::flight::command(data));
