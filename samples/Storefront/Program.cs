using Storefront;
using Storefront.Catalog;

// Read appsettings.json next to the program, not in the working directory.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddStorefront();
var app = builder.Build();
return await app.MigrateOrServeAsync(args);
