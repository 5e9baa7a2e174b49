using Storefront;
using Storefront.Catalog;

var builder = WebApplication.CreateBuilder(args);
builder.AddStorefront();
var app = builder.Build();
return await app.MigrateOrServeAsync(args);
