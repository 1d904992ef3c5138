//! What exists, as one statement of one principal sees it.
//!
//! The names come from the state database as one snapshot; each table is opened once per statement, so every mention of
//! it reads the same version. What a principal may not see is not there: no list names it, and asking for it says
//! "unknown table".

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use datafusion::catalog::information_schema::{INFORMATION_SCHEMA, InformationSchemaProvider};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::TableType;
use futures::future::BoxFuture;
use huitong_catalog::identity::{Office, Principal};
use huitong_catalog::names::TableName;
use huitong_catalog::state::{FitInput, ObjectKind, ObjectRow, SchemaRow, State};
use huitong_catalog::{Code, Error, Result};
use tokio::sync::Mutex;

use crate::engine::Engine;
use crate::error::{into_datafusion, of_datafusion};
use crate::extras::Extras;
use crate::guard::access::{Access, Right};
use crate::guard::extent;
use crate::guard::governed::{self, Governed, Keys};
use crate::lineage::Tables;
use crate::planning::{self, CATALOG, Target};
use crate::statement::versions::{self, At};
use crate::system;
use crate::tables::lake::Lake;
use crate::tables::{external, scan};

/// Planted truth for tests.
pub const TRUTH_SCHEMA: &str = "truth";
/// Views may name views, but not for ever.
const VIEW_DEPTH_MAX: usize = 16;
/// Views that one statement may open, those inside other views included: each mention of a view plans its query anew, so
/// a view that names another twice, which names another twice, grows without a loop.
const VIEWS_MAX: usize = 500;

/// All names at one moment.
#[derive(Debug, Default, Clone)]
pub struct Names {
    schemas: BTreeMap<String, SchemaRow>,
    objects: BTreeMap<TableName, ObjectRow>,
    /// Made when somebody asks for the first time.
    places: Arc<OnceLock<Places>>,
}

/// The objects whose files lie below a path.
pub type Places = HashMap<String, Vec<TableName>>;

impl Names {
    pub async fn read(state: &State) -> Result<Self> {
        let schemas = state.schemas().await?.into_iter().map(|row| (row.name.clone(), row)).collect();
        let objects = state.objects().await?.into_iter().map(|row| (row.name.clone(), row)).collect();
        Ok(Self { schemas, objects, places: Arc::default() })
    }

    /// The names that are there for whoever has this access: objects that may be read, in part at least, and the schemas that they are in.
    pub fn visible_to(&self, access: &Access) -> Self {
        let principal = access.principal();
        // Tables of the system's own schema are shown in another form (`crate::system`).
        let is_shown = |schema: &str| schema != system::SCHEMA || principal.is_coordinator();
        let seen = self.objects.iter().filter(|(name, object)| is_shown(name.schema()) && access.sees(object));
        let objects: BTreeMap<_, _> = seen.map(|(name, object)| (name.clone(), object.clone())).collect();
        let lies_there: HashSet<&str> = objects.keys().map(TableName::schema).collect();
        let knows = |schema: &SchemaRow| {
            principal.scope.allows_schema(&schema.name)
                && (schema.name == planning::DEFAULT_SCHEMA
                    || schema.owner == principal.name
                    || principal.holds(Office::System)
                    || lies_there.contains(schema.name.as_str()))
        };
        let schemas = self.schemas.iter().filter(|(name, schema)| is_shown(name) && knows(schema));
        let schemas = schemas.map(|(name, schema)| (name.clone(), schema.clone())).collect();
        Self { schemas, objects, places: Arc::default() }
    }

    /// The names whose objects somebody may drop, move and keep in order: the system administrator all of the city's, though not what is
    /// in them.
    pub fn manageable_by(&self, access: &Access) -> Self {
        match access.principal().holds(Office::System) {
            false => self.visible_to(access),
            true => {
                let city = |schema: &str| schema != system::SCHEMA || access.principal().is_coordinator();
                let mut names = self.clone();
                names.schemas.retain(|schema, _| city(schema));
                names.objects.retain(|name, _| city(name.schema()));
                names
            }
        }
    }

    /// Where the files of these objects are, as plans name them.
    pub fn places(&self, lake: &Lake) -> Result<&Places> {
        if let Some(places) = self.places.get() {
            return Ok(places);
        }
        let mut places = Places::new();
        for object in self.objects().filter(|object| object.kind != ObjectKind::View) {
            let path = match object.kind {
                kind if kind.is_in_lake() => lake.path(&object.definition)?.to_string(),
                _ => external::path(&object.definition)?,
            };
            places.entry(path).or_default().push(object.name.clone());
        }
        Ok(self.places.get_or_init(|| places))
    }

    pub fn schema(&self, name: &str) -> Option<&SchemaRow> {
        self.schemas.get(name)
    }

    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    pub fn object(&self, name: &TableName) -> Option<&ObjectRow> {
        self.objects.get(name)
    }

    pub fn objects(&self) -> impl Iterator<Item = &ObjectRow> {
        self.objects.values()
    }

    fn objects_in<'a>(&'a self, schema: &'a str) -> impl Iterator<Item = &'a ObjectRow> {
        self.objects().filter(move |object| object.name.schema() == schema)
    }

    /// `unknown table …`, with a near name if there is one.
    pub fn unknown_table(&self, name: &str) -> Error {
        let error = Error::new(Code::UNKNOWN_TABLE, format!("unknown table `{name}`"));
        let full: Vec<String> = self.objects.keys().map(ToString::to_string).collect();
        let bare = name.rsplit('.').next().unwrap_or(name);
        let near_full = huitong_catalog::error::suggest(name, full.iter().map(String::as_str)).map(str::to_owned);
        let by_bare = || {
            let bares = self.objects.keys().map(TableName::table);
            let near = huitong_catalog::error::suggest(bare, bares)?;
            self.objects.keys().find(|key| key.table() == near).map(ToString::to_string)
        };
        match near_full.or_else(by_bare) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint("`SHOW TABLES` lists what there is"),
        }
    }
}

type Opened = Mutex<HashMap<(TableName, Option<At>), Arc<dyn TableProvider>>>;

/// The catalogue list of one statement.
pub struct Catalog {
    engine: Arc<Engine>,
    pub names: Arc<Names>,
    access: Access,
    /// Shared with the catalogues inside views: the whole statement reads one version of a table.
    tables: Arc<Opened>,
    views: Opened,
    view_depth: usize,
    views_opened: Arc<AtomicUsize>,
    /// Whether this is what `information_schema` reads: lists leave out what cannot be opened, with a line in the log.
    lists: bool,
    /// Whether views show their columns and not what they are made of.
    closed: bool,
    /// Of the door; not inside views, which mean the same behind every door.
    extras: Option<Arc<dyn Extras>>,
    itself: Weak<Catalog>,
}

impl Catalog {
    /// Whose view it is.
    pub fn principal(&self) -> &Principal {
        self.access.principal()
    }

    /// What the principal may see.
    pub fn access(&self) -> &Access {
        &self.access
    }

    pub fn new(engine: Arc<Engine>, names: Arc<Names>, access: Access) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            engine,
            names,
            access,
            tables: Arc::default(),
            views: Mutex::default(),
            view_depth: 0,
            views_opened: Arc::default(),
            lists: false,
            closed: false,
            extras: None,
            itself: itself.clone(),
        })
    }

    /// The same with what a door adds.
    pub fn with_extras(&self, extras: Arc<dyn Extras>) -> Arc<Self> {
        self.copy(self.view_depth, self.lists, Some(extras))
    }

    /// The same with views that are tables of their own, for whoever asks what comes from which of them. They cannot be read.
    pub fn with_closed_views(&self) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            engine: self.engine.clone(),
            names: self.names.clone(),
            access: self.access.clone(),
            tables: self.tables.clone(),
            views: Mutex::default(),
            view_depth: self.view_depth,
            // Each is opened for the second time.
            views_opened: Arc::default(),
            lists: self.lists,
            closed: true,
            extras: self.extras.clone(),
            itself: itself.clone(),
        })
    }

    /// The tables and views that were opened, and where each lies in memory.
    pub(crate) async fn opened(&self) -> Tables {
        let mut opened = Vec::new();
        for tables in [self.tables.as_ref(), &self.views] {
            let tables = tables.lock().await;
            for ((name, _), table) in tables.iter() {
                let open = governed::downcast(table).and_then(Governed::groups).map(|groups| &groups.open);
                let places = [Some(table), open].into_iter().flatten();
                opened.extend(places.map(|table| (Arc::as_ptr(table).cast::<()>().addr(), name.clone())));
            }
        }
        Tables(opened)
    }

    /// The tables that the statement has opened so far, each at the version that it reads, in order.
    pub(crate) async fn versions(&self) -> Vec<FitInput> {
        let tables = self.tables.lock().await;
        let read = tables.iter().map(|((name, _), table)| {
            let version = scan::downcast(governed::raw(table)).map(|scan| scan.version().number);
            FitInput { table: name.to_string(), version }
        });
        let mut read: Vec<FitInput> = read.collect();
        read.sort();
        read
    }

    /// What a view's own query sees: the same names, one step deeper.
    fn inside_view(&self) -> Arc<Self> {
        self.copy(self.view_depth + 1, false, None)
    }

    /// What `information_schema` reads.
    fn for_lists(&self) -> Arc<Self> {
        self.copy(self.view_depth, true, None)
    }

    fn copy(&self, view_depth: usize, lists: bool, extras: Option<Arc<dyn Extras>>) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            engine: self.engine.clone(),
            names: self.names.clone(),
            access: self.access.clone(),
            tables: self.tables.clone(),
            views: Mutex::default(),
            view_depth,
            views_opened: self.views_opened.clone(),
            lists,
            closed: false,
            extras: extras.clone(),
            itself: itself.clone(),
        })
    }

    /// Opens a table at its newest version or another one, or hands out what this statement opened before.
    async fn open(&self, object: &ObjectRow, at: Option<At>) -> Result<Arc<dyn TableProvider>> {
        // A view opens others while it is opened itself, so views are not shared; the depth ends their circles.
        let opened = if object.kind == ObjectKind::View { &self.views } else { self.tables.as_ref() };
        let mut opened = opened.lock().await;
        let key = (object.name.clone(), at);
        if let Some(table) = opened.get(&key) {
            return Ok(table.clone());
        }
        let table = self.governed(object, self.provider(object, at).await?)?;
        opened.insert(key, table.clone());
        Ok(table)
    }

    /// The table as the principal may see it.
    fn governed(&self, object: &ObjectRow, table: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>> {
        match self.access.right(object) {
            Right::Nothing => Err(self.names.unknown_table(&object.name.to_string())),
            Right::Whole => Ok(table),
            Right::Part(grant) => {
                let state = governed::state_at(&self.engine, self.access.now());
                let pseudonym = || self.engine.pseudonym_key(self.access.purpose());
                let words = self.access.words();
                let table = Governed::new(table, &object.name, &grant, &words, &Keys(&pseudonym), &state)?;
                Ok(Arc::new(table))
            }
        }
    }

    async fn provider(&self, object: &ObjectRow, at: Option<At>) -> Result<Arc<dyn TableProvider>> {
        let name = object.name.to_string();
        let lake = self.engine.lake();
        match object.kind {
            ObjectKind::Table | ObjectKind::Model | ObjectKind::Delta => {
                let location = match object.kind {
                    ObjectKind::Delta => external::local_path(&object.definition),
                    _ => object.definition.clone(),
                };
                let version = match at {
                    None => lake.newest(&location, &name).await?,
                    Some(at) => lake.at(&location, &name, at).await?,
                };
                lake.provider(&location, &name, version).await
            }
            ObjectKind::Parquet | ObjectKind::View if at.is_some() => Err(Error::new(
                Code::UNSUPPORTED_STATEMENT,
                format!("`{name}` is a {}, which has no versions", object.kind.as_str()),
            )),
            ObjectKind::Parquet => {
                let state = planning::bare_state(self.engine.partitions(), self.engine.runtime());
                external::parquet(&object.definition, &name, self.engine.stores(), &state).await
            }
            ObjectKind::View => self.view(object).await,
        }
    }

    fn view<'a>(&'a self, object: &'a ObjectRow) -> BoxFuture<'a, Result<Arc<dyn TableProvider>>> {
        Box::pin(async move {
            let too_many = |what: String| Error::new(Code::TYPE_MISMATCH, format!("view `{}` {what}", object.name));
            if self.view_depth >= VIEW_DEPTH_MAX {
                return Err(too_many(format!("is built on more than {VIEW_DEPTH_MAX} other views")));
            }
            if self.views_opened.fetch_add(1, Ordering::Relaxed) >= VIEWS_MAX {
                return Err(too_many(format!("opens more than {VIEWS_MAX} views, counting each mention")));
            }
            let view = View::parse(&object.definition);
            let inner = self.inside_view();
            let config = planning::config(Target::Local, self.engine.partitions())
                .with_default_catalog_and_schema(CATALOG, view.schema);
            let state = planning::state(config, self.engine.runtime(), inner);
            let told = |e| crate::error::in_table(of_datafusion(e), &object.name.to_string());
            let query = crate::statement::parse(view.query)?.statement;
            let plan = state.statement_to_plan(query).await.map_err(told)?;
            extent::check(&plan)?;
            let plan = planning::analyzed(&state, plan).map_err(told)?;
            extent::check(&plan)?;
            if self.closed {
                return Ok(
                    Arc::new(EmptyTable::new(Arc::new(plan.schema().as_arrow().clone()))) as Arc<dyn TableProvider>
                );
            }
            let view: Arc<dyn TableProvider> = Arc::new(ViewTable::new(plan, Some(view.query.to_owned())));
            Ok(view)
        })
    }
}

/// A view's stored definition: the schema that its unqualified names mean on the first line, then the query.
pub struct View<'a> {
    pub schema: &'a str,
    pub query: &'a str,
}

impl<'a> View<'a> {
    pub fn parse(definition: &'a str) -> Self {
        let (schema, query) = definition.split_once('\n').unwrap_or((planning::DEFAULT_SCHEMA, definition));
        Self { schema, query }
    }

    pub fn to_definition(&self) -> String {
        format!("{}\n{}", self.schema, self.query)
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("principal", &self.principal().name).finish_non_exhaustive()
    }
}

impl CatalogProviderList for Catalog {
    fn register_catalog(&self, _name: String, _catalog: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let catalog = self.itself.upgrade()?;
        (name == CATALOG).then(|| Arc::new(City(catalog)) as Arc<dyn CatalogProvider>)
    }
}

#[derive(Debug)]
struct City(Arc<Catalog>);

impl CatalogProvider for City {
    fn schema_names(&self) -> Vec<String> {
        let names = self.0.names.schemas().filter(|name| *name != system::SCHEMA);
        names.map(str::to_owned).chain([system::SCHEMA.to_owned()]).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name == system::SCHEMA && !self.0.principal().is_coordinator() {
            return Some(Arc::new(system::SystemSchema::new(self.0.engine.clone(), self.0.access.clone())));
        }
        if name == INFORMATION_SCHEMA {
            return Some(Arc::new(InformationSchemaProvider::new(self.0.for_lists())));
        }
        if let Some(extras) = self.0.extras.as_ref().filter(|extras| extras.schema_name() == name) {
            return Some(extras.schema());
        }
        let schema = self.0.names.schema(name)?.name.clone();
        Some(Arc::new(Schema { catalog: self.0.clone(), schema }))
    }
}

#[derive(Debug)]
struct Schema {
    catalog: Arc<Catalog>,
    schema: String,
}

impl Schema {
    /// A table by its name, which may say a version.
    fn find(&self, name: &str) -> Option<(&ObjectRow, Option<At>)> {
        let (table, at) = versions::split(name);
        Some((self.catalog.names.object(&TableName::new(self.schema.clone(), table).ok()?)?, at))
    }
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        self.catalog.names.objects_in(&self.schema).map(|object| object.name.table().to_owned()).collect()
    }

    async fn table(&self, name: &str) -> DfResult<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some((object, at)) = self.find(name) else {
            return match &self.catalog.extras {
                Some(extras) => extras.schema().table(name).await,
                None => Ok(None),
            };
        };
        match self.catalog.open(object, at).await {
            Ok(table) => Ok(Some(table)),
            Err(error) if self.catalog.lists => {
                tracing::warn!(table = %object.name, %error, "left out of information_schema");
                Ok(None)
            }
            Err(error) => Err(into_datafusion(error)),
        }
    }

    async fn table_type(&self, name: &str) -> DfResult<Option<TableType>> {
        Ok(self.find(name).map(|(object, _)| table_type(object.kind)))
    }

    fn table_exist(&self, name: &str) -> bool {
        let added = || self.catalog.extras.as_ref().is_some_and(|extras| extras.schema().table_exist(name));
        self.find(name).is_some() || added()
    }
}

/// What client metadata calls say of an object.
pub fn table_type(kind: ObjectKind) -> TableType {
    match kind {
        ObjectKind::View => TableType::View,
        ObjectKind::Table | ObjectKind::Model | ObjectKind::Parquet | ObjectKind::Delta => TableType::Base,
    }
}
