//! The part of the query language that is understood: tables, `where`, `extend`, `project`, `union`,
//! `join`, `order by`, `take`, `count`; comparisons of text in their two cases, lists, members of
//! objects, and a few functions. What is not understood is refused by name.

/// A table and what is done to its rows, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) table: String,
    pub(super) stages: Vec<Stage>,
}

/// One step on the way from rows to rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    Where(Expr),
    Extend(Vec<(String, Expr)>),
    Project(Vec<(String, Expr)>),
    Union(Query),
    /// The kind, the other table, the columns that must agree.
    Join(String, Query, Vec<String>),
    /// What to order by, and whether downwards.
    Order(Vec<(Expr, bool)>),
    Take(usize),
    Count,
}

/// Something that has a value in each row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Text(String),
    Number(i64),
    Column(String),
    Member(Box<Expr>, String),
    Call(String, Vec<Expr>),
    Compare(String, Box<Expr>, Box<Expr>),
    Among(bool, Box<Expr>, Vec<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
}

/// How texts are compared; all others are refused.
const VERBS: [&str; 13] = [
    "==",
    "!=",
    "=~",
    "!~",
    "contains",
    "!contains",
    "has",
    "startswith",
    "endswith",
    "<",
    ">",
    "<=",
    ">=",
];

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(i64),
    Sign(String),
}

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Query, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    let query = reader.query()?;
    if reader.at < reader.tokens.len() {
        return Err(format!("unexpected {}", reader.shown()));
    }
    Ok(query)
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut rest = text;
    let mut all = Vec::new();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        let taken = if first.is_whitespace() {
            first.len_utf8()
        } else if first == '\'' || first == '"' {
            let end = rest[1..].find(first).ok_or("a text without an end")?;
            all.push(Token::Text(rest[1..=end].to_owned()));
            end + 2
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            // `in~` is one word.
            let end =
                if &rest[..end] == "in" && rest[end..].starts_with('~') { end + 1 } else { end };
            let word = &rest[..end];
            all.push(word.parse().map_or_else(|_| Token::Word(word.to_owned()), Token::Number));
            end
        } else {
            let sign = sign(rest);
            all.push(Token::Sign(sign.to_owned()));
            sign.len()
        };
        rest = &rest[taken..];
    }
    Ok(all)
}

fn sign(rest: &str) -> &str {
    const LONG: [&str; 8] = ["==", "!=", "=~", "!~", "<=", ">=", "!contains", "!in~"];
    let long = LONG.iter().find(|sign| rest.starts_with(**sign));
    let one = rest.chars().next().map_or(0, char::len_utf8);
    long.map_or(&rest[..one], |sign| sign)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn query(&mut self) -> Result<Query, String> {
        let table = self.word()?.to_ascii_lowercase();
        let mut stages = Vec::new();
        while self.sign("|") {
            stages.push(self.stage()?);
        }
        Ok(Query { table, stages })
    }

    fn stage(&mut self) -> Result<Stage, String> {
        let name = self.word()?;
        match name.as_str() {
            "where" => Ok(Stage::Where(self.either()?)),
            "extend" => Ok(Stage::Extend(self.columns()?)),
            "project" => Ok(Stage::Project(self.columns()?)),
            "union" => Ok(Stage::Union(self.inner()?)),
            "join" => self.join(),
            "order" | "sort" => {
                self.keyword("by")?;
                self.list(Self::ordered).map(Stage::Order)
            }
            "take" | "limit" => match self.next() {
                Some(Token::Number(most)) => Ok(Stage::Take(usize::try_from(most).unwrap_or(0))),
                _ => Err(format!("`{name}` wants a number")),
            },
            "count" => Ok(Stage::Count),
            other => Err(format!("`{other}` is no operator that the embedded Azure knows")),
        }
    }

    fn join(&mut self) -> Result<Stage, String> {
        let mut kind = "innerunique".to_owned();
        if self.peek_word("kind") {
            self.at += 1;
            self.expect("=")?;
            kind = self.word()?.to_ascii_lowercase();
        }
        if !["inner", "innerunique", "leftouter"].contains(&kind.as_str()) {
            return Err(format!("`{kind}` is no join that Resource Graph knows"));
        }
        let right = self.inner()?;
        self.keyword("on")?;
        Ok(Stage::Join(kind, right, self.list(Self::word)?))
    }

    fn inner(&mut self) -> Result<Query, String> {
        self.expect("(")?;
        let query = self.query()?;
        self.expect(")")?;
        Ok(query)
    }

    fn ordered(&mut self) -> Result<(Expr, bool), String> {
        let by = self.operand()?;
        let downwards = self.peek_word("desc");
        self.at += usize::from(downwards || self.peek_word("asc"));
        Ok((by, downwards))
    }

    fn list<T>(&mut self, one: fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut all = vec![one(self)?];
        while self.sign(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    fn columns(&mut self) -> Result<Vec<(String, Expr)>, String> {
        self.list(|reader| {
            if let (Some(Token::Word(name)), Some(Token::Sign(sign))) =
                (reader.tokens.get(reader.at).cloned(), reader.tokens.get(reader.at + 1))
                && sign == "="
            {
                reader.at += 2;
                return Ok((name, reader.either()?));
            }
            let value = reader.either()?;
            match &value {
                Expr::Column(name) => Ok((name.clone(), value)),
                Expr::Member(_, name) => Ok((name.replace('-', "_"), value)),
                _ => Err("a column without a name".to_owned()),
            }
        })
    }

    fn either(&mut self) -> Result<Expr, String> {
        let mut left = self.both()?;
        while self.peek_word("or") {
            self.at += 1;
            left = Expr::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expr, String> {
        let mut left = self.comparison()?;
        while self.peek_word("and") {
            self.at += 1;
            left = Expr::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let left = self.operand()?;
        let verb = match self.tokens.get(self.at) {
            Some(Token::Sign(verb) | Token::Word(verb)) => verb.clone(),
            _ => return Ok(left),
        };
        if ["in~", "!in~"].contains(&verb.as_str()) {
            self.at += 1;
            self.expect("(")?;
            let all = self.list(Self::operand)?;
            self.expect(")")?;
            return Ok(Expr::Among(verb == "in~", Box::new(left), all));
        }
        if !VERBS.contains(&verb.as_str()) {
            return Ok(left);
        }
        self.at += 1;
        Ok(Expr::Compare(verb, Box::new(left), Box::new(self.operand()?)))
    }

    fn operand(&mut self) -> Result<Expr, String> {
        let mut value = match self.next() {
            Some(Token::Text(text)) => Expr::Text(text),
            Some(Token::Number(number)) => Expr::Number(number),
            Some(Token::Sign(sign)) if sign == "(" => {
                let inner = self.either()?;
                self.expect(")")?;
                inner
            }
            Some(Token::Word(name)) if self.sign("(") => {
                let given = if self.sign(")") { Vec::new() } else { self.given()? };
                Expr::Call(name, given)
            }
            Some(Token::Word(name)) => Expr::Column(name),
            _ => return Err(format!("unexpected {}", self.shown())),
        };
        loop {
            if self.sign(".") {
                value = Expr::Member(Box::new(value), self.word()?);
            } else if self.sign("[") {
                let Some(Token::Text(name)) = self.next() else {
                    return Err("a member is named by a text".to_owned());
                };
                self.expect("]")?;
                value = Expr::Member(Box::new(value), name);
            } else {
                return Ok(value);
            }
        }
    }

    fn given(&mut self) -> Result<Vec<Expr>, String> {
        let all = self.list(Self::either)?;
        self.expect(")")?;
        Ok(all)
    }

    fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn word(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            _ => Err("a name is missing".to_owned()),
        }
    }

    fn peek_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(found)) if found == word)
    }

    fn keyword(&mut self, word: &str) -> Result<(), String> {
        if !self.peek_word(word) {
            return Err(format!("`{word}` is missing before {}", self.shown()));
        }
        self.at += 1;
        Ok(())
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if found == sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) {
            Ok(())
        } else {
            Err(format!("`{sign}` is missing before {}", self.shown()))
        }
    }

    fn shown(&self) -> String {
        match self.tokens.get(self.at) {
            Some(Token::Word(text) | Token::Sign(text)) => format!("`{text}`"),
            Some(Token::Text(text)) => format!("'{text}'"),
            Some(Token::Number(number)) => number.to_string(),
            None => "the end".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_what_is_not_known_is_named() {
        let read = parse("Resources | where tags['a-b'] =~ 'x' and type in~ ('m', 'n') | take 3");
        let read = read.unwrap();
        assert_eq!((read.table.as_str(), read.stages.len()), ("resources", 2));
        assert!(parse("resources | summarize count()").unwrap_err().contains("summarize"));
        assert!(parse("resources | where (a == 'b'").is_err());
        assert!(parse("resources | where a == 'b").is_err());
        assert!(parse("").is_err());
    }
}
