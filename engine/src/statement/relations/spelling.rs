//! `forecast(TABLE t, …)` as the parser reads it: `forecast((SELECT * FROM t), …)`.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::FUNCTIONS;

/// Puts tables that are arguments of one of these functions into parentheses, as queries.
pub fn spell(tokens: &mut Vec<TokenWithSpan>) {
    let found = tables(tokens);
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

/// The places of the words TABLE that begin an argument of such a function, and of the last part of the name behind each.
fn tables(tokens: &[TokenWithSpan]) -> Vec<(usize, usize)> {
    let words: Vec<usize> =
        (0..tokens.len()).filter(|index| !matches!(tokens[*index].token, Token::Whitespace(_))).collect();
    let mut found = vec![];
    // Of each parenthesis that is open, whether it holds the arguments of such a function.
    let mut open = vec![];
    for (at, word) in words.iter().enumerate() {
        let before = |steps: usize| at.checked_sub(steps).map(|at| &tokens[words[at]].token);
        match &tokens[*word].token {
            Token::LParen => open.push(before(1).is_some_and(is_function)),
            Token::RParen => {
                open.pop();
            }
            token if is_table(token) && open.last() == Some(&true) => {
                let begins = matches!(before(1), Some(Token::LParen | Token::Comma | Token::RArrow));
                let name = words.get(at + 1..).unwrap_or_default();
                if begins && name.first().is_some_and(|first| is_word(&tokens[*first].token)) {
                    found.push((*word, end(tokens, name)));
                }
            }
            _ => {}
        }
    }
    found
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
