using LastMile.Events.Hosting;
using LastMile.Events.Invalidator;

var builder = WebApplication.CreateBuilder(args);

builder.AddInvalidator();

var app = builder.Build();

app.UseInvalidator();

return await app.RunServiceAsync();
