//! `forecast(TABLE t, …)` as the parser reads it: `forecast((SELECT * FROM t), …)`.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::functions::FUNCTIONS;

/// Puts a table that is the first argument of one of these functions into parentheses, as a query.
pub fn spell(tokens: &mut Vec<TokenWithSpan>) {
    let words: Vec<usize> =
        (0..tokens.len()).filter(|index| !matches!(tokens[*index].token, Token::Whitespace(_))).collect();
    let found: Vec<(usize, usize)> = words
        .windows(4)
        .enumerate()
        .filter_map(|(at, four)| {
            let [name, open, table, first] = four else { return None };
            let is_one = is_function(&tokens[*name].token)
                && tokens[*open].token == Token::LParen
                && is_table(&tokens[*table].token)
                && is_word(&tokens[*first].token);
            is_one.then(|| (*table, end(tokens, &words[at + 3..])))
        })
        .collect();
    if found.is_empty() {
        return;
    }
    let mut spelled = Vec::with_capacity(tokens.len() + 4 * found.len());
    let mut found = found.into_iter().peekable();
    for (at, token) in std::mem::take(tokens).into_iter().enumerate() {
        let span = token.span;
        let put = |token: Token| TokenWithSpan { token, span };
        match found.peek() {
            Some((table, _)) if *table == at => {
                let query = [Token::LParen, Token::make_keyword("SELECT"), Token::Mul, Token::make_keyword("FROM")];
                spelled.extend(query.map(put));
            }
            Some((_, end)) if *end == at => {
                spelled.extend([token, put(Token::RParen)]);
                found.next();
            }
            _ => spelled.push(token),
        }
    }
    *tokens = spelled;
}

/// The last part of the name that begins here.
fn end(tokens: &[TokenWithSpan], words: &[usize]) -> usize {
    let more = words[1..]
        .chunks_exact(2)
        .take_while(|pair| tokens[pair[0]].token == Token::Period && is_word(&tokens[pair[1]].token));
    words[2 * more.count()]
}

fn is_word(token: &Token) -> bool {
    matches!(token, Token::Word(_))
}

fn is_function(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    FUNCTIONS.iter().any(|function| match word.quote_style {
        None => word.value.eq_ignore_ascii_case(function.name),
        Some(_) => word.value == function.name,
    })
}

fn is_table(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.keyword == Keyword::TABLE && word.quote_style.is_none())
}
