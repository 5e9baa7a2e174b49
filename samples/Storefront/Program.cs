using Storefront;
using Storefront.Catalog;

// Its settings lie beside it, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddStorefront();
var app = builder.Build();
return await app.MigrateOrServeAsync(args);
